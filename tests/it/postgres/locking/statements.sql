orders	SELECT count(*) FROM orders
orders	SELECT id FROM orders WHERE id = 1 FOR UPDATE
orders	SELECT id FROM orders WHERE id = 1 FOR NO KEY UPDATE
orders	SELECT id FROM orders WHERE id = 1 FOR SHARE
orders	SELECT id FROM orders WHERE id = 1 FOR KEY SHARE
orders	INSERT INTO orders (id, customer_id) VALUES (101, 1)
orders	UPDATE orders SET status = 'paid' WHERE id = 1
orders	DELETE FROM orders WHERE id = 1
orders	CREATE INDEX orders_total_idx ON orders (total_cents)
orders	CREATE UNIQUE INDEX orders_total_key ON orders (total_cents)
orders	CREATE INDEX CONCURRENTLY orders_total_idx ON orders (total_cents)
orders	DROP INDEX orders_created_at_idx
orders	DROP INDEX CONCURRENTLY orders_created_at_idx
orders	REINDEX INDEX orders_created_at_idx
orders	REINDEX TABLE orders
orders	REINDEX INDEX CONCURRENTLY orders_created_at_idx
orders	REINDEX TABLE CONCURRENTLY orders
orders	VACUUM orders
orders	VACUUM ANALYZE orders
orders	VACUUM FULL orders
orders	ANALYZE orders
orders	TRUNCATE payments, orders
orders	DROP TABLE orders CASCADE
orders	ALTER TABLE orders ADD COLUMN note text
orders	ALTER TABLE orders DROP COLUMN total_cents
orders	ALTER TABLE orders ALTER COLUMN total_cents TYPE numeric
orders	ALTER TABLE orders ALTER COLUMN status SET DEFAULT 'new'
orders	ALTER TABLE orders ALTER COLUMN total_cents SET NOT NULL
orders	ALTER TABLE orders ALTER COLUMN total_cents SET STATISTICS 500
orders	ALTER TABLE orders SET (fillfactor = 90)
orders	ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.01)
orders	ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total_cents > 0)
orders	ALTER TABLE orders ADD CONSTRAINT total_positive CHECK (total_cents > 0) NOT VALID
orders	ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id)
customers	ALTER TABLE orders ADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id)
payments	ALTER TABLE payments VALIDATE CONSTRAINT payments_order_id_fkey
orders	ALTER TABLE orders RENAME COLUMN status TO state
orders	ALTER TABLE orders RENAME TO purchases
orders	COMMENT ON TABLE orders IS 'what was bought'
orders	CREATE STATISTICS orders_stats ON customer_id, status FROM orders
orders IN SHARE UPDATE EXCLUSIVE MODE	VACUUM orders
orders IN SHARE UPDATE EXCLUSIVE MODE	VACUUM FULL orders
orders IN SHARE UPDATE EXCLUSIVE MODE	ANALYZE orders
