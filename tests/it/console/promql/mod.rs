//! PromQL against a real Prometheus: `series.txt` holds samples, `cases.txt` queries, and `expected.json` what Prometheus
//! answered to each (`tests/oracle/promql.py` writes it).

use firedrill::console::promql::{Engine, Evaluated, Expr, Labels, Matcher, Series, Source, parse};
use proptest::prelude::*;
use serde_json::Value;

const START_MS: i64 = 1_792_000_000_000;
const STEP_MS: i64 = 15_000;
/// Largest relative difference allowed.
const TOLERANCE: f64 = 1e-9;

/// The vendored series.
struct Stored(Vec<Series>);

impl Stored {
    fn read() -> Stored {
        let lines = include_str!("series.txt").lines().filter(|line| !line.starts_with('#'));
        Stored(lines.map(series).collect())
    }
}

/// `name{label="value",…} ~SHIFT VALUE VALUE …`
fn series(line: &str) -> Series {
    let mut words = line.split(' ');
    let (name, rest) = words.next().unwrap().split_once('{').unwrap();
    let shift: i64 = words.next().unwrap()[1..].parse().unwrap();
    let mut labels = vec![("__name__".to_owned(), name.to_owned())];
    labels.extend(rest.trim_end_matches('}').split("\",").map(|pair| {
        let (label, value) = pair.split_once("=\"").unwrap();
        (label.to_owned(), value.trim_end_matches('"').to_owned())
    }));
    let at = |place: usize| START_MS + place as i64 * STEP_MS + shift;
    let samples = words.enumerate().filter(|(_, word)| *word != "_");
    let samples = samples.map(|(place, word)| (at(place), word.parse().unwrap())).collect();
    Series { labels: Labels::new(labels), samples }
}

impl Source for Stored {
    fn select(&self, matchers: &[Matcher], from_ms: i64, to_ms: i64) -> Vec<Series> {
        let chosen = self.0.iter().filter(|series| matchers.iter().all(|m| m.matches(&series.labels)));
        let cut = |series: &Series| Series {
            labels: series.labels.clone(),
            samples: series
                .samples
                .iter()
                .copied()
                .filter(|(at, _)| (from_ms..=to_ms).contains(at))
                .collect(),
        };
        chosen.map(cut).filter(|series| !series.samples.is_empty()).collect()
    }
}

/// Labels with their points, in an order of their own.
type Answer = Vec<(Vec<(String, String)>, Vec<(i64, f64)>)>;

fn answer(case: &str, source: &Stored) -> Result<Answer, String> {
    let (when, query) = case.split_once(' ').unwrap();
    let expr = parse(query).map_err(|error| format!("invalid parameter \"query\": {error}"))?;
    let time = |text: &str| START_MS + text.parse::<i64>().unwrap() * 1000;
    let engine = Engine::new(source);
    let when = &when[1..];
    if let Some((from, rest)) = when.split_once("..") {
        let (to, step) = rest.split_once('/').unwrap();
        let step = step.parse::<i64>().unwrap() * 1000;
        let found = engine.range(&expr, time(from), time(to), step).map_err(|error| error.to_string())?;
        return Ok(found.into_iter().map(|one| (one.labels.pairs().to_vec(), one.points)).collect());
    }
    Ok(match engine.instant(&expr, time(when)).map_err(|error| error.to_string())? {
        Evaluated::Scalar(value) => vec![(Vec::new(), vec![(time(when), value)])],
        Evaluated::Text(text) => vec![(vec![("text".into(), text)], Vec::new())],
        Evaluated::Vector(vector) => {
            vector.into_iter().map(|one| (one.labels.pairs().to_vec(), vec![(one.at, one.value)])).collect()
        }
        Evaluated::Matrix(all) => {
            all.into_iter().map(|one| (one.labels.pairs().to_vec(), one.points)).collect()
        }
    })
}

fn expected(answer: &Value) -> Result<Answer, String> {
    if let Some(error) = answer.get("error") {
        return Err(error.as_str().unwrap().to_owned());
    }
    let point = |value: &Value| {
        let at = (value[0].as_f64().unwrap() * 1000.0).round() as i64;
        let number = match value[1].as_str().unwrap() {
            "+Inf" => f64::INFINITY,
            "-Inf" => f64::NEG_INFINITY,
            other => other.parse().unwrap(),
        };
        (at, number)
    };
    let labels = |metric: &Value| {
        let mut pairs: Vec<(String, String)> = metric
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        pairs.sort();
        pairs
    };
    let result = &answer["result"];
    Ok(match answer["resultType"].as_str().unwrap() {
        "scalar" => vec![(Vec::new(), vec![point(result)])],
        "string" => vec![(vec![("text".into(), result[1].as_str().unwrap().to_owned())], Vec::new())],
        "vector" => result
            .as_array()
            .unwrap()
            .iter()
            .map(|one| (labels(&one["metric"]), vec![point(&one["value"])]))
            .collect(),
        _ => {
            let points = |one: &Value| one["values"].as_array().unwrap().iter().map(point).collect();
            result.as_array().unwrap().iter().map(|one| (labels(&one["metric"]), points(one))).collect()
        }
    })
}

fn near(found: f64, wanted: f64) -> bool {
    found == wanted
        || found.is_nan() && wanted.is_nan()
        || (found - wanted).abs() <= TOLERANCE * found.abs().max(wanted.abs())
}

fn agree(found: &Answer, wanted: &Answer) -> bool {
    let pairs = || found.iter().zip(wanted);
    let same = |((labels, points), (other_labels, other)): (&_, &_)| {
        let (labels, other_labels): (&Vec<(String, String)>, &Vec<(String, String)>) = (labels, other_labels);
        let (points, other): (&Vec<(i64, f64)>, &Vec<(i64, f64)>) = (points, other);
        labels == other_labels
            && points.len() == other.len()
            && points.iter().zip(other).all(|(a, b)| a.0 == b.0 && near(a.1, b.1))
    };
    found.len() == wanted.len() && pairs().all(|(a, b)| same((a, b)))
}

#[test]
fn queries_answer_as_prometheus_does_to_1e_9() {
    let stored = Stored::read();
    let mut failures = Vec::new();
    let mut cases = 0;
    for line in include_str!("expected.json").lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let case = recorded["case"].as_str().unwrap();
        let sorted = case.contains(" sort");
        let (mut found, mut wanted) = (answer(case, &stored), expected(&recorded["answer"]));
        // Only sort() promises an order.
        if !sorted {
            for side in [&mut found, &mut wanted].into_iter().flatten() {
                side.sort_by(|a, b| a.0.cmp(&b.0));
            }
        }
        let same = match (&found, &wanted) {
            (Ok(found), Ok(wanted)) => agree(found, wanted),
            (Err(found), Err(wanted)) => {
                found == wanted || found.contains("duplicate series") && wanted.contains("duplicate series")
            }
            _ => false,
        };
        cases += 1;
        if !same {
            failures.push(format!("{case}\n  found    {found:?}\n  expected {wanted:?}"));
        }
    }
    assert!(cases >= 250, "only {cases} cases were read");
    assert!(failures.is_empty(), "{} of {cases} differ:\n{}", failures.len(), failures.join("\n"));
}

/// Whether a query is read again as the same tree.
fn reads(query: &str) -> Option<Expr> {
    parse(query).ok()
}

proptest! {
    #[test]
    fn any_query_is_read_or_refused_without_a_panic(query in "[a-z0-9_{}()\\[\\]\"'=~!<>+*/^%,:@. #-]{0,60}") {
        if let Some(expr) = reads(&query) {
            let _ = Engine::new(&Stored(Vec::new())).instant(&expr, START_MS);
        }
    }

    #[test]
    fn words_of_promql_in_any_order_are_read_or_refused(words in prop::collection::vec(prop::sample::select(vec![
        "sum", "by", "(", ")", "up", "{", "}", "job", "=", "\"web\"", "[5m]", "[5m:1m]", "offset", "1m", "rate", "+",
        "-", "^", "and", "on", "group_left", "topk", ",", "3", "bool", ">", "@", "start()", "without", "histogram_quantile",
    ]), 0..14)) {
        if let Some(expr) = reads(&words.join(" ")) {
            let _ = Engine::new(&Stored::read()).instant(&expr, START_MS + 600_000);
        }
    }
}
