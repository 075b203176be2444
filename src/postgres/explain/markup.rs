//! EXPLAIN's documents as PostgreSQL writes them (`explain_format.c`): JSON with short lists on one line and costs with two
//! decimals, YAML, XML. All three from the one document that [`super::json()`] makes.

use serde_json::{Map, Value};

/// A format other than text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// `FORMAT JSON`
    Json,
    /// `FORMAT YAML`
    Yaml,
    /// `FORMAT XML`
    Xml,
}

/// Writes a document of [`super::json()`].
pub fn markup(document: &Value, markup: Markup) -> String {
    let mut out = String::new();
    let plans = document.as_array().map_or(&[][..], Vec::as_slice);
    match markup {
        Markup::Json => {
            out.push('[');
            for (at, plan) in plans.iter().enumerate() {
                out.push_str(if at > 0 { ",\n  " } else { "\n  " });
                json_value("", plan, 1, &mut out);
            }
            out.push_str("\n]");
        }
        Markup::Yaml => {
            for (at, plan) in plans.iter().enumerate() {
                out.push_str(if at > 0 { "\n- " } else { "- " });
                yaml_fields(plan, 1, true, &mut out);
            }
        }
        Markup::Xml => {
            out.push_str("<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n");
            for plan in plans {
                out.push_str("  <Query>\n");
                xml_fields(plan, 2, &mut out);
                out.push_str("  </Query>\n");
            }
            out.push_str("</explain>");
        }
    }
    out
}

/// A scalar as PostgreSQL prints it under this label: costs with two decimals, times with three, averaged rows with two.
fn scalar(label: &str, value: &Value) -> String {
    let decimals = match label {
        _ if label.ends_with("Cost") => Some(2),
        _ if label.ends_with("Time") => Some(3),
        "Actual Rows" => Some(2),
        _ => None,
    };
    match (value, decimals, value.as_f64()) {
        (Value::Number(_), Some(decimals), Some(number)) => format!("{number:.decimals$}"),
        (Value::Number(number), None, Some(float)) if number.is_f64() && float.fract() == 0.0 => {
            format!("{float:.0}")
        }
        (Value::String(text), ..) => text.clone(),
        (other, ..) => other.to_string(),
    }
}

/// A list of texts or numbers, which JSON keeps on one line.
fn is_short(list: &[Value]) -> bool {
    !list.is_empty() && list.iter().all(|item| !item.is_object() && !item.is_array())
}

fn json_value(label: &str, value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(fields) => {
            out.push('{');
            for (at, (name, field)) in fields.iter().enumerate() {
                out.push_str(if at > 0 { ",\n" } else { "\n" });
                out.push_str(&format!("{indent}  {}: ", Value::String(name.clone())));
                json_value(name, field, depth + 1, out);
            }
            out.push_str(&format!("\n{indent}}}"));
        }
        Value::Array(items) if is_short(items) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            out.push_str(&format!("[{}]", items.join(", ")));
        }
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { ",\n" } else { "\n" });
                out.push_str(&format!("{indent}  "));
                json_value("", item, depth + 1, out);
            }
            out.push_str(&format!("\n{indent}]"));
        }
        Value::String(text) => out.push_str(&Value::String(text.clone()).to_string()),
        other => out.push_str(&scalar(label, other)),
    }
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter)
}

/// The fields of a group; the first of an unlabelled one stands behind its dash.
fn yaml_fields(value: &Value, depth: usize, mut first: bool, out: &mut String) {
    let start = |out: &mut String, depth: usize| out.push_str(&format!("\n{}", "  ".repeat(depth)));
    for (name, field) in fields(value) {
        if !std::mem::take(&mut first) {
            start(out, depth);
        }
        out.push_str(&format!("{name}: "));
        match field {
            Value::Object(_) => yaml_fields(field, depth + 1, false, out),
            Value::Array(items) => {
                for item in items {
                    start(out, depth + 1);
                    out.push_str("- ");
                    match item {
                        Value::Object(_) => yaml_fields(item, depth + 2, true, out),
                        text => out.push_str(&text.to_string()),
                    }
                }
            }
            Value::String(text) => out.push_str(&Value::String(text.clone()).to_string()),
            other => out.push_str(&scalar(name, other)),
        }
    }
}

/// A label as a tag's name: other characters than letters, digits and `-_.` become dashes.
fn tag(label: &str) -> String {
    label.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('\r', "&#x0d;")
}

fn xml_fields(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    for (name, field) in fields(value) {
        let name_tag = tag(name);
        match field {
            Value::Object(_) => {
                out.push_str(&format!("{indent}<{name_tag}>\n"));
                xml_fields(field, depth + 1, out);
                out.push_str(&format!("{indent}</{name_tag}>\n"));
            }
            Value::Array(items) => {
                out.push_str(&format!("{indent}<{name_tag}>\n"));
                for item in items {
                    xml_item(name, item, depth + 1, out);
                }
                out.push_str(&format!("{indent}</{name_tag}>\n"));
            }
            other => {
                out.push_str(&format!(
                    "{indent}<{name_tag}>{}</{name_tag}>\n",
                    escaped(&scalar(name, other))
                ));
            }
        }
    }
}

/// One of a list: a group under the list's singular (`Plans` holds `Plan`s), a text as `Item`.
fn xml_item(list: &str, item: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    if item.is_object() {
        let name = tag(list.trim_end_matches('s'));
        out.push_str(&format!("{indent}<{name}>\n"));
        xml_fields(item, depth + 1, out);
        out.push_str(&format!("{indent}</{name}>\n"));
    } else {
        out.push_str(&format!("{indent}<Item>{}</Item>\n", escaped(&scalar("", item))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!([{
            "Plan": {
                "Node Type": "Sort", "Parallel Aware": false, "Startup Cost": 9.5, "Total Cost": 9.6, "Plan Rows": 7,
                "Sort Key": ["id", "name"],
                "Plans": [{ "Node Type": "Seq Scan", "Total Cost": 2.0, "Filter": "(id < 5)" }],
            },
            "Planning Time": 0.04,
        }])
    }

    #[test]
    fn json_is_laid_out_as_postgresql_does() {
        let expected = r#"[
  {
    "Plan": {
      "Node Type": "Sort",
      "Parallel Aware": false,
      "Startup Cost": 9.50,
      "Total Cost": 9.60,
      "Plan Rows": 7,
      "Sort Key": ["id", "name"],
      "Plans": [
        {
          "Node Type": "Seq Scan",
          "Total Cost": 2.00,
          "Filter": "(id < 5)"
        }
      ]
    },
    "Planning Time": 0.040
  }
]"#;
        assert_eq!(markup(&document(), Markup::Json), expected);
    }

    #[test]
    fn yaml_is_laid_out_as_postgresql_does() {
        let expected = "- Plan: \n    Node Type: \"Sort\"\n    Parallel Aware: false\n    Startup Cost: 9.50\n    Total Cost: 9.60\n    \
                        Plan Rows: 7\n    Sort Key: \n      - \"id\"\n      - \"name\"\n    Plans: \n      - Node Type: \"Seq Scan\"\n        \
                        Total Cost: 2.00\n        Filter: \"(id < 5)\"\n  Planning Time: 0.040";
        assert_eq!(markup(&document(), Markup::Yaml), expected);
    }

    #[test]
    fn xml_is_laid_out_as_postgresql_does() {
        let expected = "<explain xmlns=\"http://www.postgresql.org/2009/explain\">\n  <Query>\n    <Plan>\n      \
                        <Node-Type>Sort</Node-Type>\n      <Parallel-Aware>false</Parallel-Aware>\n      <Startup-Cost>9.50</Startup-Cost>\n      \
                        <Total-Cost>9.60</Total-Cost>\n      <Plan-Rows>7</Plan-Rows>\n      <Sort-Key>\n        <Item>id</Item>\n        \
                        <Item>name</Item>\n      </Sort-Key>\n      <Plans>\n        <Plan>\n          <Node-Type>Seq Scan</Node-Type>\n          \
                        <Total-Cost>2.00</Total-Cost>\n          <Filter>(id &lt; 5)</Filter>\n        </Plan>\n      </Plans>\n    </Plan>\n    \
                        <Planning-Time>0.040</Planning-Time>\n  </Query>\n</explain>";
        assert_eq!(markup(&document(), Markup::Xml), expected);
    }
}
