-- The shop's schema on the morning of the incident, before the release train.
-- Sizes: customers 8 M rows, products 400 k, orders 40 M, order_items 110 M, payments 40 M, sessions 20 M, carts 3 M.

CREATE TABLE categories (
  id int PRIMARY KEY, parent_id int, slug text NOT NULL, name text NOT NULL, depth smallint NOT NULL);
CREATE TABLE warehouses (id int PRIMARY KEY, code text NOT NULL, country_code text NOT NULL);
CREATE TABLE customers (
  id bigint PRIMARY KEY, created_at timestamptz NOT NULL, last_login_at timestamptz, loyalty_tier smallint NOT NULL,
  marketing_opt_in boolean NOT NULL, email text NOT NULL, full_name text NOT NULL, phone text,
  password_hash text NOT NULL, country_code text NOT NULL, status text NOT NULL);
CREATE TABLE products (
  id bigint PRIMARY KEY, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, category_id int NOT NULL,
  brand_id int NOT NULL, price_cents int NOT NULL, review_count int NOT NULL, rating real, sku text NOT NULL,
  slug text NOT NULL, name text NOT NULL, status text NOT NULL, description text, attributes jsonb, search tsvector);
CREATE TABLE inventory (
  product_id bigint NOT NULL, warehouse_id int NOT NULL, on_hand int NOT NULL, reserved int NOT NULL,
  reorder_point int NOT NULL, updated_at timestamptz NOT NULL, PRIMARY KEY (product_id, warehouse_id));
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer_id bigint NOT NULL, created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL,
  total_cents int NOT NULL, shipping_cents int NOT NULL, warehouse_id int, status text NOT NULL, currency text NOT NULL,
  coupon_code text, ship_city text NOT NULL, ship_postcode text NOT NULL, notes text);
CREATE TABLE order_items (
  id bigint PRIMARY KEY, order_id bigint NOT NULL, product_id bigint NOT NULL, unit_price_cents int NOT NULL,
  discount_cents int NOT NULL, quantity smallint NOT NULL, sku text NOT NULL);
CREATE TABLE payments (
  id bigint PRIMARY KEY, order_id bigint NOT NULL, created_at timestamptz NOT NULL, amount_cents int NOT NULL,
  provider text NOT NULL, provider_ref text NOT NULL, status text NOT NULL);
CREATE TABLE shipments (
  id bigint PRIMARY KEY, order_id bigint NOT NULL, shipped_at timestamptz, delivered_at timestamptz,
  carrier text NOT NULL, tracking_no text NOT NULL, status text NOT NULL);
CREATE TABLE sessions (
  id uuid PRIMARY KEY, customer_id bigint, created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL, user_agent text NOT NULL, token_hash text NOT NULL);
CREATE TABLE carts (
  id bigint PRIMARY KEY, session_id uuid NOT NULL, customer_id bigint, created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL, status text NOT NULL);
CREATE TABLE cart_items (
  cart_id bigint NOT NULL, product_id bigint NOT NULL, added_at timestamptz NOT NULL, quantity smallint NOT NULL,
  PRIMARY KEY (cart_id, product_id));
CREATE TABLE reviews (
  id bigint PRIMARY KEY, product_id bigint NOT NULL, customer_id bigint NOT NULL, created_at timestamptz NOT NULL,
  helpful_count int NOT NULL, rating smallint NOT NULL, status text NOT NULL, title text NOT NULL, body text NOT NULL);
CREATE TABLE events (
  id bigint PRIMARY KEY, occurred_at timestamptz NOT NULL, actor_id bigint, entity_id bigint NOT NULL,
  entity_type text NOT NULL, event_type text NOT NULL, payload jsonb NOT NULL);

CREATE UNIQUE INDEX categories_slug_key ON categories (slug);
CREATE INDEX categories_parent_id_idx ON categories (parent_id);
CREATE UNIQUE INDEX customers_email_lower_key ON customers (lower(email));
CREATE INDEX customers_email_pattern_idx ON customers (lower(email) text_pattern_ops);
CREATE INDEX customers_created_at_idx ON customers (created_at);
CREATE INDEX customers_phone_idx ON customers (phone) WHERE phone IS NOT NULL;
CREATE UNIQUE INDEX products_sku_key ON products (sku);
CREATE UNIQUE INDEX products_slug_key ON products (slug);
CREATE INDEX products_cat_status_price_idx ON products (category_id, status, price_cents);
CREATE INDEX products_cat_status_created_idx ON products (category_id, status, created_at DESC);
CREATE INDEX products_cat_status_rating_idx ON products (category_id, status, rating DESC NULLS LAST, review_count DESC);
CREATE INDEX products_brand_id_idx ON products (brand_id);
CREATE INDEX products_name_pattern_idx ON products (lower(name) text_pattern_ops);
CREATE INDEX products_search_gin ON products USING gin (search) WITH (fastupdate = off);
CREATE INDEX inventory_warehouse_idx ON inventory (warehouse_id, product_id);
CREATE INDEX orders_customer_created_idx ON orders (customer_id, created_at DESC);
CREATE INDEX orders_created_at_idx ON orders (created_at) INCLUDE (total_cents);
CREATE INDEX orders_recent_idx ON orders (created_at DESC NULLS LAST);
CREATE INDEX orders_pending_idx ON orders (created_at) WHERE status = 'pending';
CREATE INDEX orders_coupon_idx ON orders (coupon_code) WHERE coupon_code IS NOT NULL;
CREATE INDEX order_items_order_id_idx ON order_items (order_id);
CREATE INDEX order_items_product_order_idx ON order_items (product_id, order_id);
CREATE INDEX payments_order_id_idx ON payments (order_id);
CREATE UNIQUE INDEX payments_provider_ref_key ON payments (provider_ref);
CREATE INDEX payments_failed_idx ON payments (created_at) WHERE status = 'failed';
CREATE INDEX shipments_order_id_idx ON shipments (order_id);
CREATE UNIQUE INDEX shipments_tracking_no_key ON shipments (tracking_no);
CREATE INDEX sessions_customer_id_idx ON sessions (customer_id) WHERE customer_id IS NOT NULL;
CREATE UNIQUE INDEX sessions_token_hash_key ON sessions (token_hash);
CREATE INDEX sessions_expires_at_idx ON sessions (expires_at);
CREATE UNIQUE INDEX carts_session_active_key ON carts (session_id) WHERE status = 'active';
CREATE INDEX carts_customer_id_idx ON carts (customer_id);
CREATE INDEX carts_active_updated_idx ON carts (updated_at) WHERE status = 'active';
CREATE INDEX cart_items_product_id_idx ON cart_items (product_id);
CREATE INDEX reviews_product_created_idx ON reviews (product_id, created_at DESC) WHERE status = 'approved';
CREATE INDEX reviews_customer_id_idx ON reviews (customer_id);
CREATE INDEX events_entity_idx ON events (entity_type, entity_id, occurred_at DESC);
CREATE INDEX events_actor_idx ON events (actor_id, occurred_at DESC);
CREATE INDEX events_occurred_brin ON events USING brin (occurred_at);
ALTER TABLE products ADD CONSTRAINT products_category_fk FOREIGN KEY (category_id) REFERENCES categories;
ALTER TABLE inventory ADD CONSTRAINT inventory_product_fk FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE inventory ADD CONSTRAINT inventory_warehouse_fk FOREIGN KEY (warehouse_id) REFERENCES warehouses;
ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE order_items ADD CONSTRAINT order_items_order_fk FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE order_items ADD CONSTRAINT order_items_product_fk FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE payments ADD CONSTRAINT payments_order_fk FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE shipments ADD CONSTRAINT shipments_order_fk FOREIGN KEY (order_id) REFERENCES orders;
ALTER TABLE carts ADD CONSTRAINT carts_customer_fk FOREIGN KEY (customer_id) REFERENCES customers;
ALTER TABLE cart_items ADD CONSTRAINT cart_items_cart_fk FOREIGN KEY (cart_id) REFERENCES carts ON DELETE CASCADE;
ALTER TABLE cart_items ADD CONSTRAINT cart_items_product_fk FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE reviews ADD CONSTRAINT reviews_product_fk FOREIGN KEY (product_id) REFERENCES products;
ALTER TABLE reviews ADD CONSTRAINT reviews_customer_fk FOREIGN KEY (customer_id) REFERENCES customers;
