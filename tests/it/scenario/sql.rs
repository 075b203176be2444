//! The June 4 drill's SQL, as the database model reads it.

use firedrill::postgres::catalog::{Catalog, index_definition};
use firedrill::postgres::sql::{bind, parse};
use firedrill::scenario::{Change, Scenario, embedded};

fn june_4() -> Scenario {
    embedded::load_embedded("june-4")
        .and_then(|loaded| loaded.scenario)
        .expect("the drill is inside the binary")
}

fn catalog(scenario: &Scenario) -> Catalog {
    Catalog::load(&scenario.schema_sql, &scenario.statistics_sql, Some(&scenario.sizes_tsv))
        .expect("the schema and its statistics load without a problem")
}

/// Runs what changes the catalog; `SET` and `RESET` are the session's.
fn apply(catalog: &mut Catalog, change: &str, sql: &str) {
    let statements = parse(sql).unwrap_or_else(|error| panic!("{change}: {error:?}\n{sql}"));
    for statement in statements {
        let text = statement.to_string();
        if !text.starts_with("SET ") && !text.starts_with("RESET ") {
            catalog.apply_ddl(&statement).unwrap_or_else(|error| panic!("{change}: {error:?}\n{text}"));
        }
    }
}

/// The indexes of a catalog as one text a line, in order of name.
fn indexes(catalog: &Catalog) -> Vec<String> {
    let mut lines: Vec<String> =
        catalog.indexes.values().map(|index| index_definition(catalog, index)).collect();
    lines.sort();
    lines
}

fn migrations(scenario: &Scenario) -> impl Iterator<Item = &Change> {
    scenario.changes.iter().filter(|change| change.migration().is_some())
}

#[test]
fn every_query_binds() {
    let scenario = june_4();
    let catalog = catalog(&scenario);
    for query in &scenario.workload.queries {
        let parsed = parse(&query.sql).unwrap_or_else(|error| panic!("{}: {error:?}", query.name));
        assert_eq!(parsed.len(), 1, "{}", query.name);
        bind(&catalog, &parsed[0]).unwrap_or_else(|error| panic!("{}: {error:?}", query.name));
    }
}

#[test]
fn the_way_back_of_every_migration_leads_back() {
    let scenario = june_4();
    let before = indexes(&catalog(&scenario));
    for change in migrations(&scenario) {
        let migration = change.migration().expect("filtered");
        let mut catalog = catalog(&scenario);
        apply(&mut catalog, &change.id, &migration.expand);
        apply(&mut catalog, &change.id, &migration.contract);
        apply(&mut catalog, &change.id, &migration.down);
        assert_eq!(indexes(&catalog), before, "{}", change.id);
    }
}

#[test]
fn every_harmful_migration_takes_away_or_changes_an_index_that_it_names() {
    let scenario = june_4();
    for change in migrations(&scenario) {
        let (Some(migration), Some(harm)) = (change.migration(), change.harm()) else { continue };
        let sql = format!("{} {}", migration.expand, migration.contract);
        assert!(sql.contains(&harm.object), "{}: {} is not in its SQL", change.id, harm.object);
        assert!(migration.contract.contains("DROP INDEX CONCURRENTLY"), "{}", change.id);
    }
}

#[test]
fn any_two_changes_that_may_be_drawn_together_can_be_deployed_and_taken_back_in_any_order() {
    let scenario = june_4();
    let all: Vec<&Change> = migrations(&scenario).collect();
    let before = indexes(&catalog(&scenario));
    for (index, one) in all.iter().enumerate() {
        for other in &all[..index] {
            if scenario.draw.excludes(&one.id, &other.id) {
                continue;
            }
            let mut catalog = catalog(&scenario);
            let both = [one, other].map(|change| (change.id.as_str(), change.migration().expect("filtered")));
            for (id, migration) in both {
                apply(&mut catalog, id, &migration.expand);
            }
            for (id, migration) in both {
                apply(&mut catalog, id, &migration.contract);
            }
            for (id, migration) in both {
                apply(&mut catalog, id, &migration.down);
            }
            assert_eq!(indexes(&catalog), before, "{} with {}", one.id, other.id);
        }
    }
}

#[test]
fn dropping_an_index_concurrently_is_told_from_dropping_it() {
    let told = |sql: &str| -> Vec<bool> {
        parse(sql).expect("it parses").iter().map(firedrill::postgres::sql::drops_concurrently).collect()
    };
    assert_eq!(
        told("DROP INDEX CONCURRENTLY a; DROP INDEX b; drop index concurrently if exists c"),
        [true, false, true]
    );
}
