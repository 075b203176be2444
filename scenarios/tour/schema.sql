CREATE TABLE items (id bigint PRIMARY KEY, name text NOT NULL, price_cents int NOT NULL, stock int NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, item_id bigint NOT NULL, customer_id bigint NOT NULL, placed_at timestamptz NOT NULL);
CREATE INDEX orders_customer_idx ON orders (customer_id);
