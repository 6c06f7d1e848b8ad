//! The console blocks of a README, as what to run and what it should print.
//!
//! - A fenced block marked `console` holds commands on lines that begin with
//!   `$ ` (continued by a backslash at the end of a line); the lines after a
//!   command are its output, which is for the reader and not compared.
//! - In a block marked `console,check` the output is compared. There a line of
//!   `...` stands for any number of lines, and `[..]` inside a line for anything.
//! - A block after a line `<!-- not run: REASON -->` is not run.
//! - Blocks marked `sh`, `bash` or `shell` are refused: what a reader would paste
//!   is to be run here too.

/// One fenced `console` block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// The line of its opening fence, from 1.
    pub(super) line: usize,
    pub(super) commands: Vec<Typed>,
    /// Whether the output is compared.
    pub(super) check: bool,
    /// Why it is not run.
    pub(super) not_run: Option<String>,
}

/// A command with the output that the README shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Typed {
    pub(super) line: usize,
    pub(super) text: String,
    pub(super) output: Vec<String>,
}

/// The console blocks in their order; an error names the line.
pub(super) fn blocks(markdown: &str) -> Result<Vec<Block>, String> {
    let mut blocks = Vec::new();
    let mut not_run: Option<(usize, String)> = None;
    let mut lines = (1..).zip(markdown.lines());
    while let Some((number, line)) = lines.next() {
        if let Some(reason) = not_run_reason(line) {
            if reason.is_empty() {
                return Err(format!("line {number}: `not run` wants a reason"));
            }
            not_run = Some((number, reason.to_owned()));
            continue;
        }
        let reason = not_run.take();
        let Some((fence, info)) = fence(line) else {
            if let Some((number, _)) = reason {
                return Err(format!("line {number}: no console block follows `not run`"));
            }
            continue;
        };
        let mut inside = Vec::new();
        loop {
            match lines.next() {
                Some((_, line)) if is_end(line, fence) => break,
                Some(line) => inside.push(line),
                None => return Err(format!("line {number}: the block has no end")),
            }
        }
        let reason = reason.map(|(_, reason)| reason);
        blocks.extend(block(number, info, &inside, reason)?);
    }
    Ok(blocks)
}

/// The block of these lines, unless it is none to run.
fn block(
    number: usize,
    info: &str,
    inside: &[(usize, &str)],
    not_run: Option<String>,
) -> Result<Option<Block>, String> {
    let check = match info {
        "console" => false,
        "console,check" => true,
        "sh" | "bash" | "shell" | "zsh" if not_run.is_none() => {
            return Err(format!(
                "line {number}: mark it `console` so that it is run, not `{info}`"
            ));
        }
        _ if info.starts_with("console") => {
            return Err(format!("line {number}: unknown mark `{info}`"));
        }
        _ => return Ok(None),
    };
    let commands = commands(number, inside)?;
    Ok(Some(Block {
        line: number,
        commands,
        check,
        not_run,
    }))
}

fn commands(number: usize, inside: &[(usize, &str)]) -> Result<Vec<Typed>, String> {
    let mut commands: Vec<Typed> = Vec::new();
    let mut continued = false;
    for &(line, text) in inside {
        if continued {
            if let Some(command) = commands.last_mut() {
                command.text.push('\n');
                command.text.push_str(text);
            }
        } else if let Some(text) = text.strip_prefix("$ ") {
            let text = text.to_owned();
            let output = Vec::new();
            commands.push(Typed { line, text, output });
        } else {
            let command = commands
                .last_mut()
                .ok_or(format!("line {line}: a console block begins with `$ `"))?;
            command.output.push(text.to_owned());
            continue;
        }
        continued = text.ends_with('\\');
    }
    match (commands.is_empty(), continued) {
        (true, _) => Err(format!("line {number}: a console block without a command")),
        (_, true) => Err(format!("line {number}: its last command is not finished")),
        _ => Ok(commands),
    }
}

/// The fence and the info string, when the line opens a fenced block.
fn fence(line: &str) -> Option<(&str, &str)> {
    let line = line.trim_start_matches(' ');
    let ticks = line.len() - line.trim_start_matches('`').len();
    (ticks >= 3).then(|| (&line[..ticks], line[ticks..].trim()))
}

fn is_end(line: &str, opened: &str) -> bool {
    fence(line).is_some_and(|(fence, info)| info.is_empty() && fence.len() >= opened.len())
}

fn not_run_reason(line: &str) -> Option<&str> {
    let inside = line.trim().strip_prefix("<!--")?.strip_suffix("-->")?;
    Some(inside.trim().strip_prefix("not run:")?.trim())
}

/// Whether what was printed is what the README shows.
pub(super) fn fits(shown: &[String], printed: &[&str]) -> bool {
    let Some((first, rest)) = shown.split_first() else {
        return printed.is_empty();
    };
    if first.trim() == "..." {
        return (0..=printed.len()).any(|skipped| fits(rest, &printed[skipped..]));
    }
    match printed.split_first() {
        Some((line, printed)) => line_fits(first, line) && fits(rest, printed),
        None => false,
    }
}

fn line_fits(shown: &str, printed: &str) -> bool {
    let mut parts = shown.trim_end().split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut left) = printed.trim_end().strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return left.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        let Some(at) = left.find(part) else {
            return false;
        };
        left = &left[at + part.len()..];
    }
    true
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
