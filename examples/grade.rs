//! scratch
use std::io::Read;
fn main() {
    let dir = "/work/shared/planner/";
    let read = |f: &str| std::fs::read_to_string(format!("{dir}{f}")).unwrap();
    let gz = |f: &str| {
        let mut s = String::new();
        flate2::read::GzDecoder::new(std::fs::File::open(format!("{dir}{f}")).unwrap())
            .read_to_string(&mut s)
            .unwrap();
        s
    };
    let (schema, statistics, sizes, facts, truth) = (
        read("schema.sql"),
        read("statistics.sql"),
        read("sizes.tsv"),
        gz("stats.json.gz"),
        gz("truth.jsonl.gz"),
    );
    let input = firedrill::postgres::grade::GradeInput {
        schema: &schema,
        statistics: &statistics,
        sizes: Some(&sizes),
        facts: &facts,
        truth: &truth,
    };
    let args: Vec<String> = std::env::args().collect();
    let want =
        |c: &str, p: &str, m: &str| args.len() < 2 || args[1..].iter().all(|a| c == a || p == a || m == a);
    let t = std::time::Instant::now();
    match firedrill::postgres::grade::grade_where(&input, &want) {
        Ok(g) => {
            let text = g.text();
            let head: Vec<&str> = text.split("\nworst:").collect();
            println!("{}", head[0]);
            let mut by: std::collections::BTreeMap<String, Vec<&firedrill::postgres::grade::Disagreement>> =
                Default::default();
            for d in &g.worst {
                by.entry(d.line[3].clone()).or_default().push(d);
            }
            let mut v: Vec<_> = by.into_iter().collect();
            v.sort_by_key(|x| std::cmp::Reverse(x.1.len()));
            for (q, ds) in v {
                println!("== {q} {} plan:{} ", ds.len(), ds.iter().filter(|d| !d.same_plan).count());
                for d in ds.iter().take(3) {
                    println!(
                        "   {} {} {}\n     real {:.2} r{} {}\n     ours {:.2} r{} {}",
                        d.line[0],
                        d.line[1],
                        d.line[2],
                        d.expected_cost,
                        d.expected_rows,
                        d.expected,
                        d.cost,
                        d.rows,
                        d.got
                    );
                }
            }
        }
        Err(e) => println!("{e}"),
    }
    println!("{:?}", t.elapsed());
}
