CREATE TABLE books (id bigint PRIMARY KEY, title text NOT NULL, price_cents int NOT NULL, stock int NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, book_id bigint NOT NULL, customer_id bigint NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE reviews (id bigint PRIMARY KEY, book_id bigint NOT NULL, stars int NOT NULL, created_at timestamptz NOT NULL);
CREATE INDEX books_stock_idx ON books (stock);
CREATE INDEX books_price_idx ON books (price_cents);
CREATE INDEX orders_customer_idx ON orders (customer_id);
CREATE INDEX orders_created_idx ON orders (created_at);
CREATE INDEX reviews_book_idx ON reviews (book_id);
CREATE INDEX reviews_created_idx ON reviews (created_at);
