//! Plans in EXPLAIN's words: what the graded lines, which hold signatures and costs, don't say. The wording is `explain.c`'s of
//! PostgreSQL 18.

use std::fs;
use std::io::Read as _;
use std::path::PathBuf;

use firedrill::postgres::explain::{self, ExplainOptions};
use firedrill::postgres::planner::{self, Params};
use firedrill::postgres::{Catalog, Settings, sql};

fn catalog() -> Catalog {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/planner");
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    let packed = fs::File::open(folder.join("statistics.sql.gz")).unwrap();
    let mut statistics = String::new();
    flate2::read::GzDecoder::new(packed).read_to_string(&mut statistics).unwrap();
    Catalog::load(&read("schema.sql"), &statistics, Some(&read("sizes.tsv"))).unwrap()
}

/// The plan of a statement without its costs.
fn plan(catalog: &Catalog, statement: &str, verbose: bool) -> String {
    let parsed = sql::parse_one(statement).unwrap();
    let planned = sql::bind(catalog, &parsed)
        .and_then(|query| planner::plan(catalog, &Settings::default(), &query, Params::Generic, None));
    match planned {
        Ok(plan) => {
            let options = ExplainOptions { costs: false, verbose, ..ExplainOptions::default() };
            explain::text(catalog, &plan, &options, None).join("\n")
        }
        Err(error) => error.to_string(),
    }
}

fn check(statement: &str, expected: &str) {
    let got = plan(&catalog(), statement, false);
    assert_eq!(got.trim(), expected.trim(), "\n{statement}\n{got}\n");
}

fn check_verbose(statement: &str, expected: &str) {
    let got = plan(&catalog(), statement, true);
    assert_eq!(got.trim(), expected.trim(), "\n{statement}\n{got}\n");
}

#[test]
fn windows_share_a_sort_and_have_names() {
    check(
        "SELECT id, row_number() OVER (PARTITION BY customer_id ORDER BY created_at DESC), sum(total_cents) OVER w, avg(total_cents) OVER (PARTITION BY customer_id) FROM orders WHERE customer_id IN (1, 2, 3) WINDOW w AS (PARTITION BY status ORDER BY created_at ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)",
        r#"
WindowAgg
  Window: w AS (PARTITION BY status ORDER BY created_at ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)
  ->  Sort
        Sort Key: status, created_at
        ->  WindowAgg
              Window: w2 AS (PARTITION BY customer_id)
              ->  WindowAgg
                    Window: w1 AS (PARTITION BY customer_id ORDER BY created_at ROWS UNBOUNDED PRECEDING)
                    ->  Index Scan using orders_customer_created_idx on orders
                          Index Cond: (customer_id = ANY ('{1,2,3}'::integer[]))
"#,
    );
}

#[test]
fn a_limit_on_a_row_number_stops_its_window() {
    check(
        "SELECT * FROM (SELECT id, customer_id, row_number() OVER (PARTITION BY customer_id ORDER BY created_at DESC) AS n FROM orders) x WHERE n <= 3 AND customer_id IN (5, 6)",
        r#"
Subquery Scan on x
  ->  WindowAgg
        Window: w1 AS (PARTITION BY orders.customer_id ORDER BY orders.created_at ROWS UNBOUNDED PRECEDING)
        Run Condition: (row_number() OVER w1 <= 3)
        ->  Index Scan using orders_customer_created_idx on orders
              Index Cond: (orders.customer_id = ANY ('{5,6}'::integer[]))
"#,
    );
}

#[test]
fn an_equality_with_a_rank_stops_its_window_and_is_still_checked() {
    check(
        "SELECT id FROM (SELECT id, rank() OVER (ORDER BY price_cents DESC) AS place FROM products WHERE category_id = 77) x WHERE place = 1",
        r#"
Subquery Scan on x
  Filter: (x.place = 1)
  ->  WindowAgg
        Window: w1 AS (ORDER BY products.price_cents ROWS UNBOUNDED PRECEDING)
        Run Condition: (rank() OVER w1 <= 1)
        ->  Sort
              Sort Key: products.price_cents DESC
              ->  Bitmap Heap Scan on products
                    Recheck Cond: (products.category_id = 77)
                    ->  Bitmap Index Scan on products_cat_status_rating_idx
                          Index Cond: (products.category_id = 77)
"#,
    );
}

#[test]
fn windows_over_groups_read_their_aggregates() {
    check_verbose(
        "SELECT status, count(*), rank() OVER (ORDER BY count(*) DESC) FROM orders WHERE customer_id = 5 GROUP BY status",
        r#"
WindowAgg
  Output: orders.status, (count(*)), rank() OVER w1
  Window: w1 AS (ORDER BY (count(*)) ROWS UNBOUNDED PRECEDING)
  ->  Sort
        Output: orders.status, (count(*))
        Sort Key: (count(*)) DESC
        ->  GroupAggregate
              Output: orders.status, count(*)
              Group Key: orders.status
              ->  Sort
                    Output: orders.status
                    Sort Key: orders.status
                    ->  Index Scan using orders_customer_created_idx on public.orders
                          Output: orders.status
                          Index Cond: (orders.customer_id = 5)
"#,
    );
}

#[test]
fn a_with_query_read_twice_in_subqueries_is_planned_once() {
    check(
        "WITH r AS (SELECT id, total_cents FROM orders WHERE customer_id = 5) SELECT (SELECT count(*) FROM r), (SELECT max(total_cents) FROM r WHERE id > 10)",
        r#"
Result
  CTE r
    ->  Index Scan using orders_customer_created_idx on orders
          Index Cond: (orders.customer_id = 5)
  InitPlan 2
    ->  Aggregate
          ->  CTE Scan on r
  InitPlan 3
    ->  Aggregate
          ->  CTE Scan on r r_1
                Filter: (r_1.id > 10)
"#,
    );
}

#[test]
fn a_with_query_read_once_in_a_subquery_is_inlined_there() {
    check(
        "WITH r AS (SELECT customer_id FROM orders WHERE status = 'pending') SELECT id FROM customers WHERE id IN (SELECT customer_id FROM r) AND id < 100",
        r#"
Hash Right Semi Join
  Hash Cond: (orders.customer_id = customers.id)
  ->  Index Scan using orders_pending_idx on orders
  ->  Hash
        ->  Index Only Scan using customers_pkey on customers
              Index Cond: (customers.id < 100)
"#,
    );
}

#[test]
fn a_union_of_ordered_inputs_merges_them() {
    check(
        "SELECT product_id FROM cart_items WHERE cart_id = 1234567 UNION SELECT product_id FROM reviews WHERE customer_id = 5 ORDER BY product_id",
        r#"
Unique
  ->  Merge Append
        Sort Key: cart_items.product_id
        ->  Index Only Scan using cart_items_pkey on cart_items
              Index Cond: (cart_items.cart_id = 1234567)
        ->  Sort
              Sort Key: reviews.product_id
              ->  Index Scan using reviews_customer_id_idx on reviews
                    Index Cond: (reviews.customer_id = 5)
"#,
    );
}

#[test]
fn the_newest_of_two_tables_are_merged() {
    check(
        "(SELECT id, created_at FROM orders ORDER BY created_at DESC LIMIT 10) UNION ALL (SELECT id, created_at FROM carts ORDER BY created_at DESC LIMIT 10) ORDER BY created_at DESC LIMIT 10",
        r#"
Limit
  ->  Merge Append
        Sort Key: orders.created_at DESC
        ->  Limit
              ->  Index Scan Backward using orders_created_at_idx on orders
        ->  Limit
              ->  Gather Merge
                    Workers Planned: 2
                    ->  Sort
                          Sort Key: carts.created_at DESC
                          ->  Parallel Seq Scan on carts
"#,
    );
}

#[test]
fn an_order_reaches_into_the_parts_of_a_union_all() {
    check(
        "SELECT id FROM orders UNION ALL SELECT id FROM reviews ORDER BY id LIMIT 10",
        r#"
Limit
  ->  Merge Append
        Sort Key: orders.id
        ->  Index Only Scan using orders_pkey on orders
        ->  Index Only Scan using reviews_pkey on reviews
"#,
    );
}

#[test]
fn a_condition_leaves_out_the_part_of_a_union_all_that_contradicts_it() {
    check(
        "SELECT count(*) FROM (SELECT 'o' AS k, id FROM orders UNION ALL SELECT 'r', id FROM reviews) x WHERE k = 'o' AND id < 1000",
        r#"
Aggregate
  ->  Index Only Scan using orders_pkey on orders
        Index Cond: (orders.id < 1000)
"#,
    );
}

#[test]
fn conditions_reach_into_the_parts_of_a_union_all() {
    check(
        "SELECT x.id, x.at FROM (SELECT id, created_at AS at, customer_id FROM orders WHERE status = 'pending' UNION ALL SELECT id, created_at, customer_id FROM reviews) x WHERE x.customer_id = 5 ORDER BY x.at",
        r#"
Sort
  Sort Key: "*SELECT* 1".at
  ->  Append
        ->  Subquery Scan on "*SELECT* 1"
              ->  Index Scan using orders_customer_created_idx on orders
                    Index Cond: (orders.customer_id = 5)
                    Filter: (orders.status = 'pending'::text)
        ->  Index Scan using reviews_customer_id_idx on reviews
              Index Cond: (reviews.customer_id = 5)
"#,
    );
}

#[test]
fn the_input_with_fewer_groups_comes_first_in_an_intersect() {
    check(
        "SELECT customer_id FROM reviews WHERE id < 100000 INTERSECT SELECT customer_id FROM orders WHERE id < 1000",
        r#"
HashSetOp Intersect
  ->  Index Scan using orders_pkey on orders
        Index Cond: (orders.id < 1000)
  ->  Index Scan using reviews_pkey on reviews
        Index Cond: (reviews.id < 100000)
"#,
    );
}

#[test]
fn what_one_except_leaves_is_sorted_or_hashed() {
    check(
        "SELECT product_id FROM cart_items WHERE cart_id = 5 EXCEPT ALL SELECT product_id FROM reviews WHERE customer_id = 5",
        r#"
SetOp Except All
  ->  Index Only Scan using cart_items_pkey on cart_items
        Index Cond: (cart_items.cart_id = 5)
  ->  Sort
        Sort Key: reviews.product_id
        ->  Index Scan using reviews_customer_id_idx on reviews
              Index Cond: (reviews.customer_id = 5)
"#,
    );
}

#[test]
fn a_table_joined_to_itself_by_its_key_is_read_once() {
    check(
        "SELECT a.id, b.email FROM customers a JOIN customers b ON a.id = b.id WHERE a.status = 'active' AND b.id < 100",
        r#"
Index Scan using customers_pkey on customers b
  Index Cond: (b.id < 100)
  Filter: (b.status = 'active'::text)
"#,
    );
}

#[test]
fn a_table_joined_to_itself_across_an_outer_join_is_not() {
    check(
        "SELECT a.id, b.email FROM customers a LEFT JOIN orders o ON o.customer_id = a.id JOIN customers b ON a.id = b.id WHERE b.id = 7",
        r#"
Nested Loop Left Join
  ->  Nested Loop
        ->  Index Only Scan using customers_pkey on customers a
              Index Cond: (a.id = 7)
        ->  Index Scan using customers_pkey on customers b
              Index Cond: (b.id = 7)
  ->  Index Only Scan using orders_customer_created_idx on orders o
        Index Cond: (o.customer_id = 7)
"#,
    );
}

#[test]
fn conditions_on_groups_keys_are_checked_before_grouping() {
    check(
        "SELECT customer_id, n FROM (SELECT customer_id, count(*) AS n FROM orders GROUP BY customer_id) x WHERE customer_id IN (1, 2) AND n > 3",
        r#"
GroupAggregate
  Group Key: orders.customer_id
  Filter: (count(*) > 3)
  ->  Index Only Scan using orders_customer_created_idx on orders
        Index Cond: (orders.customer_id = ANY ('{1,2}'::integer[]))
"#,
    );
}

#[test]
fn outputs_that_nobody_reads_are_not_fetched() {
    check_verbose(
        "SELECT count(*) FROM (SELECT id, total_cents, status FROM orders WHERE customer_id = 5 ORDER BY created_at LIMIT 10) x",
        r#"
Aggregate
  Output: count(*)
  ->  Limit
        Output: NULL::bigint, NULL::integer, NULL::text, orders.created_at
        ->  Index Only Scan Backward using orders_customer_created_idx on public.orders
              Output: NULL::bigint, NULL::integer, NULL::text, orders.created_at
              Index Cond: (orders.customer_id = 5)
"#,
    );
}
