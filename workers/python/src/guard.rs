//! Depth and chain limits before the parser, so that no tree exhausts a stack of 64 MiB when it is walked or dropped, nor
//! memory when it is built: the parser takes more stack where it needs more, about two kilobytes a level.
//!
//! Goes by the parser's own lexer: another one could be led to take code for a string.

use std::fmt;

use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, lexer};

/// CPython allows 200.
const BRACKETS: usize = 1000;
/// Brackets that may all be nested in each other, for all the parser cares.
const OPENING: usize = 10_000;
/// CPython allows 100.
const INDENTATION: usize = 200;
/// Operators, calls, subscripts and attributes that stand in each other.
const CHAIN: usize = 50_000;
/// Parsing nested lambdas takes time quadratic in their number.
const LAMBDAS: usize = 1000;

/// A token becomes a hundred bytes of tree and more: what a source of eight megabytes can hold of them is more than the
/// process may have.
const TOKENS: usize = 2_500_000;

/// What a source has too much of; it is not parsed, its facts come from tokens alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excess {
    Brackets,
    Indentation,
    Chain,
    Tokens,
}

impl fmt::Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Brackets => "brackets are nested too deeply to parse",
            Self::Indentation => "blocks are nested too deeply to parse",
            Self::Chain => "an expression is chained too long to parse",
            Self::Tokens => "there are too many tokens to parse",
        })
    }
}

/// Tells whether the parser, a recursive visitor and the drop of the tree can take this source.
pub fn check(text: &str) -> Result<(), Excess> {
    check_as(text, Mode::Module)
}

/// [`check`], for a text that is parsed in that mode.
pub(crate) fn check_as(text: &str, mode: Mode) -> Result<(), Excess> {
    if is_small(text.as_bytes()) { Ok(()) } else { by_tokens(text, mode) }
}

fn by_tokens(text: &str, mode: Mode) -> Result<(), Excess> {
    // Links of the chain at each bracket level; the tree at a token is as deep as their sum.
    let mut levels: Vec<Level> = vec![Level::default()];
    let mut depth = 0usize;
    let mut blocks = 0usize;
    let mut tokens = 0usize;
    let mut lexer = lexer::lex(text, mode);
    loop {
        let kind = lexer.next_token();
        tokens += 1;
        if tokens > TOKENS {
            return Err(Excess::Tokens);
        }
        match kind {
            TokenKind::EndOfFile => return Ok(()),
            TokenKind::Name
            | TokenKind::Int
            | TokenKind::Float
            | TokenKind::String
            | TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::FStringMiddle
            | TokenKind::TStringMiddle => {}
            TokenKind::Comma => {
                if let Some(level) = levels.last_mut() {
                    depth -= level.links;
                    level.links = 0;
                }
            }
            TokenKind::Lpar | TokenKind::Lsqb | TokenKind::Lbrace => {
                levels.push(Level { links: 1, lambdas: 0 });
                depth += 1;
                if levels.len() > BRACKETS {
                    return Err(Excess::Brackets);
                }
            }
            TokenKind::Rpar | TokenKind::Rsqb | TokenKind::Rbrace => {
                if levels.len() > 1 {
                    depth -= levels.pop().map_or(0, |level| level.links);
                }
                // What was in the brackets hangs on what stands before them: a call, a subscript.
                if let Some(level) = levels.last_mut() {
                    level.links += 1;
                    depth += 1;
                }
            }
            TokenKind::Newline | TokenKind::Semi => {
                levels.clear();
                levels.push(Level::default());
                depth = 0;
            }
            TokenKind::Indent => {
                blocks += 1;
                if blocks > INDENTATION {
                    return Err(Excess::Indentation);
                }
            }
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Lambda => {
                if let Some(level) = levels.last_mut() {
                    level.links += 1;
                    level.lambdas += 1;
                    depth += 1;
                    if level.lambdas > LAMBDAS {
                        return Err(Excess::Chain);
                    }
                }
            }
            // Operators, dots, keywords inside expressions, f-string starts.
            _ => {
                if let Some(level) = levels.last_mut() {
                    level.links += 1;
                    depth += 1;
                }
            }
        }
        if depth > CHAIN {
            return Err(Excess::Chain);
        }
    }
}

#[derive(Default)]
struct Level {
    links: usize,
    /// A comma between the parameters of a lambda does not end it.
    lambdas: usize,
}

/// Too small for any excess that would do harm, whatever its tokens are: nearly all code is, and counting settles it.
///
/// A link of a chain is a sign, or a word: there are no more of them than bytes that are no letters, and beginnings of
/// words. A block is indented by a blank more than the one around it. How deep brackets are nested is not counted: those
/// in texts and comments deceive, so it only tells for which sources the tokens are worth a look.
fn is_small(bytes: &[u8]) -> bool {
    if bytes.len() > 8 * CHAIN {
        return false;
    }
    let (mut links, mut opening, mut open, mut deepest) = (0usize, 0usize, 0usize, 0usize);
    let mut after_word = 0u8;
    // Counts of a chunk fit a byte, so that many bytes are counted at once.
    for chunk in bytes.chunks(120) {
        let (mut signs, mut starts, mut opens, mut closes) = (0u8, 0u8, 0u8, 0u8);
        for byte in chunk {
            let word = u8::from(byte.is_ascii_alphanumeric() | (*byte == b'_'));
            let blank =
                u8::from((*byte == b' ') | (*byte == b'\t') | (*byte == b'\n') | (*byte == b'\r') | (*byte == 0x0c));
            signs = signs.wrapping_add(1 - (word | blank));
            starts = starts.wrapping_add(word & (1 - after_word));
            opens = opens.wrapping_add(u8::from((*byte == b'(') | (*byte == b'[') | (*byte == b'{')));
            closes = closes.wrapping_add(u8::from((*byte == b')') | (*byte == b']') | (*byte == b'}')));
            after_word = word;
        }
        links += usize::from(signs) + usize::from(starts);
        opening += usize::from(opens);
        deepest = deepest.max(open + usize::from(opens));
        open = (open + usize::from(opens)).saturating_sub(usize::from(closes));
    }
    let lambdas = if bytes.len() < 6 * LAMBDAS { 0 } else { memchr::memmem::find_iter(bytes, b"lambda").count() };
    let flat = deepest < BRACKETS && opening < OPENING && lambdas < LAMBDAS;
    flat && links < CHAIN && !has_deep_blocks(bytes)
}

/// Whether some line is indented so far that there may be too many blocks around it.
fn has_deep_blocks(bytes: &[u8]) -> bool {
    let blank = |byte: &&u8| matches!(byte, b' ' | b'\t');
    // So many blanks stand at one of these places, wherever they begin.
    (0..bytes.len()).step_by(INDENTATION / 2).any(|at| {
        let (before, after) = bytes.split_at(at);
        after.iter().take_while(blank).count() + before.iter().rev().take_while(blank).count() >= INDENTATION
    })
}

#[cfg(test)]
mod tests {
    use model::Phase;

    use super::*;
    use crate::{Behaviours, Budget, Role, Unit, analyse};

    #[test]
    fn honest_sources_pass_however_long() {
        let table = format!("x = [\n{}]\n", "    {'a': -1, 'b': f(2).g[3] + 4, 'c': lambda q: q},\n".repeat(900));
        assert_eq!(check(&table), Ok(()));
        let lines = "def f(a, b):\n    return a.b.c(d)[0] + (1, 2, 3)[1]\n".repeat(20_000);
        assert_eq!(check(&lines), Ok(()));
        let data = format!("x = ({})\n", "1, ".repeat(200_000));
        assert_eq!(check(&data), Ok(()));
        let text = format!("x = {}\n", "'a'\\\n".repeat(20_000));
        assert_eq!(check(&text), Ok(()));
    }

    #[test]
    fn every_way_to_a_deep_tree_is_refused() {
        let many = 60_000;
        for (what, source) in [
            ("parentheses", format!("x = {}1{}\n", "(".repeat(many), ")".repeat(many))),
            ("lists", "[".repeat(many)),
            ("dicts", "{0:".repeat(many)),
            ("calls", format!("f{}\n", "()".repeat(many))),
            ("subscripts", format!("f{}\n", "[0]".repeat(many))),
            ("attributes", format!("f{}\n", ".a".repeat(many))),
            ("sums", format!("x = 1{}\n", "+1".repeat(many))),
            ("powers", format!("x = 1{}\n", "**1".repeat(many))),
            ("minuses", format!("x = {}1\n", "-".repeat(many))),
            ("nots", format!("x = {}1\n", "not ".repeat(many))),
            ("awaits", format!("x = {}1\n", "await ".repeat(many))),
            ("lambdas", format!("x = {}1\n", "lambda: ".repeat(many))),
            ("lambdas with commas", format!("x = {}1\n", "lambda a, b: ".repeat(many))),
            ("conditions", format!("x = {}1\n", "1 if 1 else ".repeat(many))),
            ("f-strings", format!("x = {}\n", "f'{".repeat(many))),
            ("sum over lines", format!("x = (1{})\n", "\n+1".repeat(many))),
            ("sums with comments", format!("x = (1{})\n", " # c\n+1".repeat(many))),
            ("mixed", format!("x = {}1{}\n", "(-".repeat(BRACKETS - 9), ")".repeat(BRACKETS - 9) + &".a".repeat(many))),
        ] {
            assert!(check(&source).is_err(), "{what}");
        }
        let blocks: String = (0..400).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect();
        assert_eq!(check(&blocks), Err(Excess::Indentation));
        assert_eq!(check(&"[".repeat(BRACKETS)), Err(Excess::Brackets));
        assert_eq!(check(&"1,".repeat(1_300_000)), Err(Excess::Tokens));
    }

    #[test]
    fn what_passes_can_be_analysed_on_the_stack_of_a_child() {
        let (near, brackets) = (CHAIN * 9 / 10, OPENING * 9 / 10);
        let sources = [
            format!("x = 1{}\n", "+1".repeat(near)),
            format!("f{}\n", ".a".repeat(near)),
            format!("f{}\n", "()".repeat(near / 3)),
            format!("x = {}1\n", "-".repeat(near)),
            format!("x = {}1\n", "not ".repeat(near)),
            format!("x = {}1{}\n", "(#)\n".repeat(brackets), ")".repeat(brackets)),
            format!("with {}1{}: pass\n", "(#)\n".repeat(brackets), ")".repeat(brackets)),
            format!("x = {}1{}\n", "(".repeat(900), ")".repeat(900)),
            format!("def f(a: b{}): pass\n", ".a".repeat(near)),
            format!("f = lambda a: {}a\n", "not ".repeat(near)),
            format!("x = {}1\n", "lambda: ".repeat(900)),
            format!("x = {}1\n", "1 if 1 else ".repeat(near / 3)),
            (0..190).map(|depth| format!("{}if x:\n", " ".repeat(depth))).collect::<String>()
                + &" ".repeat(190)
                + "x\n",
        ];
        let worker = std::thread::Builder::new().stack_size(64 << 20);
        let parsed = worker
            .spawn(move || {
                for source in &sources {
                    assert_eq!(check(source), Ok(()));
                    let unit = Unit {
                        path: "a.py",
                        role: Role::Setup,
                        phase: Phase::Install,
                        module: "",
                        source: source.as_bytes(),
                        entered: &[],
                    };
                    analyse(&unit, &Behaviours::default(), &mut Budget::default());
                }
                sources.len()
            })
            .expect("a thread")
            .join();
        assert_eq!(parsed.expect("no overflow"), 13);
    }

    #[test]
    fn small_sources_are_settled_by_counting() {
        assert!(is_small(b"def f(x):\n    return x\n"));
        assert!(!is_small("(".repeat(BRACKETS).as_bytes()));
        assert!(!is_small("lambda:".repeat(1200).as_bytes()));
        assert!(is_small("def f(x):\n    return x + 1\n".repeat(800).as_bytes()));
        assert!(!is_small("+x ".repeat(CHAIN / 2).as_bytes()));
        assert!(!is_small("€".repeat(CHAIN / 3 + 1).as_bytes()));
        for (blanks, deep) in [(190, false), (200, true), (260, true)] {
            for before in 0..120 {
                let text = format!("{}\n{}x\n", "y".repeat(before), " ".repeat(blanks));
                assert_eq!(has_deep_blocks(text.as_bytes()), deep, "{blanks} after {before}");
            }
        }
    }

    #[test]
    fn what_counting_settles_the_tokens_would_too() {
        let pieces = [
            "(", ")", "x", "1", "+", "-", " not ", " if ", " else ", "f'", "{", "}", "'", "\"", ".", ",", "\n", " ",
            "    ", "lambda:", "é", "€", "\\\n", "\t", ":", "1if", "0x1f", "\r", "\0", "[", "]", "for", "await ",
        ];
        let mut state = 1u32;
        let mut settled = 0;
        for round in 0..300 {
            let mut text = String::new();
            for _ in 0..(round * 40) {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                text += pieces[(state >> 16) as usize % pieces.len()];
            }
            if is_small(text.as_bytes()) {
                settled += 1;
                assert_eq!(by_tokens(&text, Mode::Module), Ok(()), "{text}");
            }
        }
        assert!(settled > 100, "{settled}");
    }
}
