//! Every figure, in a format for programs.

use crate::date;
use crate::rounds::Answer;
use crate::statistics::Spread;
use crate::table::verdict;
use rsevents_benches::{Measure, OURS, describe_machine};
use serde_json::{Map, Value, json};

pub(crate) fn document(answers: &[Answer]) -> Value {
    let questions: Vec<Value> = answers.iter().map(question).collect();
    json!({ "machine": describe_machine(), "date": date::today(), "questions": questions })
}

fn question(answer: &Answer) -> Value {
    let question = &answer.question;
    let rows: Vec<Value> = question
        .rows
        .iter()
        .map(|row| {
            json!({
                "measure": row.measure.name(),
                "target": row.target.to_string(),
                "verdict": verdict(*row, answer.result(OURS, row.measure)),
                "contenders": contenders(answer, row.measure),
            })
        })
        .collect();
    json!({
        "id": question.id,
        "title": question.title,
        "baseline": question.baseline,
        "rounds": answer.rounds(),
        "rows": rows,
    })
}

fn contenders(answer: &Answer, measure: Measure) -> Map<String, Value> {
    let figures = |name| match answer.failure(name) {
        Some(failure) => json!({ "failure": failure.to_string() }),
        None => json!({
            "value": answer.value(name, measure).map(spread),
            "ratio": answer.ratio(name, measure).map(spread),
        }),
    };
    let names = answer.question.contenders.iter().map(rsevents_benches::Contender::name);
    names.map(|name| (name.to_owned(), figures(name))).collect()
}

fn spread(spread: Spread) -> Value {
    json!({ "low": spread.low, "median": spread.median, "high": spread.high })
}
