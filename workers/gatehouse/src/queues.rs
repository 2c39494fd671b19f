//! `gatehouse queue`: the topology as a migration, how full the lanes are, what is in them, and what was parked.

use std::io::{self, Write as _};

use clap::{Args, Subcommand, ValueEnum};
use model::Terminal;
use queue::{Chosen, Depth, Lane, Peeked, Queue, Topic};

use crate::complaint::Complaint;
use crate::fleet::{at_queue, connect_queue};
use crate::running::{self, Stop};
use crate::scan::ascii_json;
use crate::settings::{Common, Settings};
use crate::{logging, terminal};

/// Characters of a message's body that a person is shown.
const SHOWN: usize = 400;

#[derive(Subcommand)]
pub(crate) enum QueueCommand {
    /// Create what is missing at the broker; report what is there with other arguments, and change nothing of it.
    Declare {
        #[command(flatten)]
        common: Common,
    },
    /// Print how many messages wait where, and how many processes take them.
    Depths {
        #[command(flatten)]
        common: Common,
    },
    /// Show the first messages of a lane, and leave them there.
    ///
    /// At a broker, looking counts as handing out: after 20 looks a message of a working lane is parked.
    Peek {
        #[command(flatten)]
        common: Common,
        /// Such as `uploads` or `verdicts.recorder`; `gatehouse queue depths` lists them.
        #[arg(value_parser = lane)]
        lane: Lane,
        #[command(flatten)]
        look: Look,
    },
    /// Show what nobody could handle, and why.
    Parked {
        #[command(flatten)]
        common: Common,
        #[command(flatten)]
        look: Look,
    },
    /// Send parked messages back to the lanes they came from, as if they had never been tried.
    Replay {
        #[command(flatten)]
        common: Common,
        /// Ids of messages, as `gatehouse queue parked` shows them.
        #[arg(value_name = "ID", required_unless_present = "all", conflicts_with = "all")]
        ids: Vec<String>,
        /// All that is parked.
        #[arg(long)]
        all: bool,
        /// Where messages go that never reached a lane, such as `uploads`; without it they stay.
        #[arg(long, value_name = "TOPIC", value_parser = topic)]
        topic: Option<Topic>,
    },
}

#[derive(Args)]
pub(crate) struct Look {
    /// How many.
    #[arg(long, value_name = "N", default_value = "20")]
    limit: usize,
    /// How to print them; jsonl is one object a line, with the whole body.
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Text,
    Jsonl,
}

fn lane(text: &str) -> Result<Lane, String> {
    Lane::parse(text).ok_or_else(|| format!("a lane is one of {}", Lane::ALL.map(Lane::as_str).join(", ")))
}

fn topic(text: &str) -> Result<Topic, String> {
    Topic::parse(text).ok_or_else(|| format!("a topic is one of {}", Topic::ALL.map(Topic::as_str).join(", ")))
}

impl QueueCommand {
    const fn common(&self) -> &Common {
        match self {
            Self::Declare { common }
            | Self::Depths { common }
            | Self::Peek { common, .. }
            | Self::Parked { common, .. }
            | Self::Replay { common, .. } => common,
        }
    }
}

pub(crate) fn run(command: &QueueCommand) -> Result<u8, Complaint> {
    let common = command.common();
    logging::start_quietly(common.log_format);
    let settings = Settings::load(common.config.as_deref())?;
    running::to_the_end(async |_stop: Stop| {
        let queue = connect_queue(&settings).await?;
        let done = match command {
            QueueCommand::Declare { .. } => declare(&queue).await,
            QueueCommand::Depths { .. } => depths(&queue).await,
            QueueCommand::Peek { lane, look, .. } => show(&queue, *lane, look).await,
            QueueCommand::Parked { look, .. } => show(&queue, Lane::Parked, look).await,
            QueueCommand::Replay { ids, all, topic, .. } => {
                let chosen = if *all { Chosen::All } else { Chosen::Ids(ids) };
                replay(&queue, chosen, *topic).await
            }
        };
        queue.close().await;
        done
    })
}

async fn declare(queue: &Queue) -> Result<(), Complaint> {
    let declared = queue.declare().await.map_err(|error| at_queue("declare the queues", &error))?;
    let mut said = String::new();
    for name in &declared.agreed {
        said.push_str(&format!("ok      {name}\n"));
    }
    for difference in &declared.differences {
        said.push_str(&format!("differs {}\n        {}\n", difference.name, difference.detail));
    }
    terminal::print(&said)?;
    if declared.differences.is_empty() {
        return Ok(());
    }
    Err(Complaint::new("the broker has other queues than this program needs")
        .because(format!("{} differ; nothing of them was changed", declared.differences.len()))
        .attempt("drain and delete those queues, then declare again"))
}

async fn depths(queue: &Queue) -> Result<(), Complaint> {
    let depths = queue.depths().await.map_err(|error| at_queue("look at the queues", &error))?;
    Ok(terminal::print(&depths.iter().map(depth_line).collect::<String>())?)
}

fn depth_line(depth: &Depth) -> String {
    let takers = match depth.consumers {
        // Nobody takes what is parked but a person, and the embedded queue knows its takers by itself.
        _ if depth.lane == Lane::Parked => "",
        None => "",
        Some(0) if depth.ready > 0 => "nobody takes them",
        Some(0) => "nobody listens",
        Some(1) => "taken by 1",
        Some(count) => &format!("taken by {count}"),
    };
    format!("{:>8}  {:<18} {takers}", depth.ready, depth.lane.as_str()).trim_end().to_owned() + "\n"
}

async fn show(queue: &Queue, lane: Lane, look: &Look) -> Result<(), Complaint> {
    let messages = queue.peek(lane, look.limit).await.map_err(|error| at_queue("look into the lane", &error))?;
    let said = messages.iter().map(|message| match look.format {
        Format::Text => Ok(as_text(message)),
        Format::Jsonl => as_json(message),
    });
    let said = said.collect::<Result<String, _>>().map_err(|error| Complaint::new("cannot print").because(error))?;
    if said.is_empty() {
        // Not on standard output: what reads that wants messages.
        let nothing =
            if lane == Lane::Parked { "nothing is parked".to_owned() } else { format!("nothing waits in {lane}") };
        let _ = writeln!(io::stderr().lock(), "{nothing}");
    }
    Ok(terminal::print(&said)?)
}

async fn replay(queue: &Queue, chosen: Chosen<'_>, topic: Option<Topic>) -> Result<(), Complaint> {
    let replayed = queue.replay(chosen, topic).await.map_err(|error| at_queue("send messages back", &error))?;
    let lines = replayed.moved.iter().map(|(id, place)| format!("{} to {place}\n", Terminal(id)));
    terminal::print(&lines.collect::<String>())?;
    if !replayed.homeless.is_empty() {
        let ids: Vec<_> = replayed.homeless.iter().map(|id| Terminal(id).to_string()).collect();
        return Err(Complaint::new("some messages never reached a lane and stay parked")
            .at(ids.join(", "))
            .attempt("say with --topic where they belong; uploads that an index published belong to `uploads`"));
    }
    if let Chosen::Ids(ids) = chosen {
        let moved = |id: &&String| !replayed.moved.iter().any(|(other, _)| other == *id);
        let missing: Vec<_> = ids.iter().filter(moved).map(|id| Terminal(id).to_string()).collect();
        if !missing.is_empty() {
            return Err(Complaint::new("some messages are not parked").at(missing.join(", ")));
        }
    }
    Ok(())
}

fn as_text(message: &Peeked) -> String {
    let mut said =
        format!("{}\n", if message.id.is_empty() { "(no id)".to_owned() } else { Terminal(&message.id).to_string() });
    let lane = message.lane.as_deref().unwrap_or("none");
    let age = message.age_ms.map_or(String::new(), |age| format!(", {} s old", age / 1000));
    said.push_str(&format!("  lane    {}, {} bytes{age}\n", Terminal(lane), message.body.len()));
    if let Some(reason) = &message.reason {
        said.push_str(&format!("  reason  {}\n", Terminal(reason)));
    }
    let body = String::from_utf8_lossy(&message.body);
    let beginning: String = body.chars().take(SHOWN).collect();
    let more = if beginning.len() < body.len() { "…" } else { "" };
    said.push_str(&format!("  body    {}{more}\n", Terminal(&beginning)));
    said
}

fn as_json(message: &Peeked) -> serde_json::Result<String> {
    // What is no JSON goes as text: it is what a publisher sent, and may be anything.
    let body = serde_json::from_slice(&message.body)
        .unwrap_or_else(|_| serde_json::Value::from(String::from_utf8_lossy(&message.body)));
    let object = serde_json::json!({
        "id": message.id,
        "lane": message.lane,
        "reason": message.reason,
        "content_type": message.content_type,
        "age_ms": message.age_ms,
        "bytes": message.body.len(),
        "body": body,
    });
    Ok(ascii_json(&object, false)? + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> Peeked {
        Peeked {
            id: "a\u{1b}[2J".to_owned(),
            lane: Some("uploads".to_owned()),
            content_type: None,
            reason: Some("malformed: \u{202e}".to_owned()),
            age_ms: Some(61_000),
            body: format!("{}\n", "x".repeat(SHOWN)).into_bytes(),
        }
    }

    #[test]
    fn what_a_stranger_published_is_shown_and_does_nothing() {
        let text = as_text(&hostile());
        assert!(text.contains("a⟨U+001B⟩[2J") && text.contains("⟨U+202E⟩") && text.contains("61 s old"), "{text}");
        assert_eq!(text.lines().count(), 4);
        assert!(text.trim_end().ends_with("x…"));
        let json = as_json(&hostile()).unwrap();
        assert!(json.is_ascii());
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((&value["id"], &value["bytes"]), (&"a\u{1b}[2J".into(), &(SHOWN + 1).into()));
    }

    #[test]
    fn a_lane_says_how_much_waits_and_for_whom() {
        let line = |lane, ready, consumers| depth_line(&Depth { lane, ready, oldest_ms: None, consumers });
        assert_eq!(line(Lane::Uploads, 12, Some(2)), "      12  uploads            taken by 2\n");
        assert_eq!(line(Lane::VerdictsSigner, 3, Some(0)), "       3  verdicts.signer    nobody takes them\n");
        assert_eq!(line(Lane::Rescans, 0, Some(0)), "       0  rescans            nobody listens\n");
        assert_eq!(line(Lane::Uploads, 12, None), "      12  uploads\n");
        assert_eq!(line(Lane::Parked, 1, Some(0)), "       1  parked\n");
    }

    #[test]
    fn lanes_and_topics_are_named_as_they_are_shown() {
        assert_eq!(lane("verdicts.recorder"), Ok(Lane::VerdictsRecorder));
        assert!(lane("verdicts").unwrap_err().contains("verdicts.signer"));
        assert_eq!(topic("rescans"), Ok(Topic::Rescans));
        assert!(topic("parked").is_err());
    }
}
