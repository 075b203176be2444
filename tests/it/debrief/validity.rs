//! Whether grades keep their order: the arithmetic by hand, and the recorded run of June 4.

use firedrill::debrief::markdown;
use firedrill::debrief::validity::{Estimate, Trial, Validity, student_t_975};

/// Quantiles from printed tables.
#[test]
fn students_t_is_as_in_the_tables() {
    for (degrees, expected) in
        [(1, 12.706), (2, 4.303), (3, 3.182), (5, 2.571), (9, 2.262), (19, 2.093), (29, 2.045), (120, 1.980)]
    {
        let t = student_t_975(degrees);
        assert!((t - expected).abs() < 0.01, "{degrees} degrees: {t}, not {expected}");
    }
}

#[test]
fn an_estimate_by_hand() {
    let estimate = Estimate::of(&[10.0, 12.0, 14.0]);
    assert_eq!((estimate.mean, estimate.least, estimate.most), (12.0, 10.0, 14.0));
    // Standard deviation 2, of the mean 2/√3 = 1.1547; times 4.303.
    assert!((estimate.half_width - 4.969).abs() < 0.001, "{}", estimate.half_width);
    assert_eq!(Estimate::of(&[3.0]).half_width, 0.0);
}

fn trial(responder: &'static str, seed: u64, score: f64) -> Trial {
    Trial {
        responder,
        seed,
        score,
        parts: vec![("diagnosis", score / 2.0)],
        diagnosed_min: None,
        mitigated_min: None,
        affected_pct: 50.0,
        digest: String::new(),
    }
}

#[test]
fn a_claim_is_judged_seed_by_seed_and_in_the_mean() {
    let scores = [("ideal", [90.0, 92.0]), ("methodical", [80.0, 93.0]), ("real", [40.0, 41.0])];
    let rest = [("rollback-all", [30.0, 70.0]), ("random", [5.0, 5.0]), ("none", [0.0, 0.0])];
    let trials = scores.iter().chain(&rest).flat_map(|(name, scores)| {
        scores.iter().enumerate().map(|(seed, score)| trial(name, seed as u64, *score))
    });
    let validity = Validity::of("made up", false, trials.collect()).unwrap();
    let told: Vec<(f64, usize, bool)> =
        validity.order.iter().map(|claim| (claim.difference.mean, claim.seeds, claim.holds)).collect();
    let expected = [
        (4.5, 1, true),   // ideal − methodical: 10, −1; at least 0
        (46.0, 2, true),  // methodical − real: 40, 52
        (-9.5, 1, false), // real − rollback-all: 10, −29
        (45.0, 2, true),  // rollback-all − random: 25, 65
        (5.0, 2, true),   // random − none
        (4.5, 2, true),   // ideal − methodical, at most 15
        (36.5, 2, true),  // methodical − rollback-all: 50, 23; at least 20
    ];
    assert_eq!(told, expected);
    assert!(!validity.holds());
}

/// The recorded run, a line for every drill.
fn recorded() -> Validity {
    let trial = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = ["ideal", "methodical", "real", "rollback-all", "random", "none"]
            .into_iter()
            .find(|name| row["responder"] == *name)
            .unwrap();
        let parts = ["diagnosis", "impact", "precision", "evidence", "communication"].map(|part| {
            let pair = row["parts"].as_array().unwrap().iter().find(|pair| pair[0] == part).unwrap();
            (part, pair[1].as_f64().unwrap())
        });
        Trial {
            responder: name,
            seed: row["seed"].as_u64().unwrap(),
            score: row["score"].as_f64().unwrap(),
            parts: parts.to_vec(),
            diagnosed_min: row["diagnosed_min"].as_f64(),
            mitigated_min: row["mitigated_min"].as_f64(),
            affected_pct: row["affected_pct"].as_f64().unwrap(),
            digest: row["digest"].as_str().unwrap().to_owned(),
        }
    };
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/validity/june-4.jsonl");
    let trials = std::fs::read_to_string(path).unwrap().lines().map(trial).collect();
    Validity::of("june-4", false, trials).unwrap()
}

/// Seeds below which the intervals say too little.
const FEWEST: usize = 20;

#[test]
fn over_the_recorded_seeds_of_june_4_every_claim_of_the_order_holds() {
    let validity = recorded();
    assert!(validity.seeds >= FEWEST, "only {} seeds are recorded", validity.seeds);
    for claim in &validity.order {
        assert!(claim.holds, "{claim:?}");
    }
}

#[test]
fn the_page_on_validity_shows_the_recorded_run() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/validity.md");
    let page = std::fs::read_to_string(path).unwrap();
    let (head, rest) = page.split_once("<!-- tables -->\n").expect("the page marks where its tables stand");
    let (_, tail) = rest.split_once("<!-- end of tables -->\n").expect("the page marks where its tables end");
    let tables = markdown::render(&recorded().document()).replace("\n# ", "\n## ").replacen("# ", "## ", 1);
    let expected = format!("{head}<!-- tables -->\n{tables}<!-- end of tables -->\n{tail}");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, expected).unwrap();
        return;
    }
    assert_eq!(page, expected, "regenerate it with UPDATE_DOCS=1 cargo test --test it debrief::validity");
}
