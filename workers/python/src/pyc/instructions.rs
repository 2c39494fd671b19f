//! The instructions of one code object that can be reached, in the order of their places.

use std::collections::{BTreeMap, BTreeSet};

use super::marshal::{Code, Version};
use super::opcodes::{Op, Table};

/// Words that may stand before one instruction to make its argument longer.
const LONGEST_PREFIX: u32 = 4;

#[derive(Clone, Copy, Debug)]
pub(super) struct Instruction {
    pub(super) at: u32,
    /// The place behind it and its cache.
    pub(super) next: u32,
    pub(super) op: Op,
    pub(super) argument: u32,
    /// Only the handling of an exception leads to it.
    pub(super) cold: bool,
}

#[derive(Default)]
pub(super) struct Listing {
    pub(super) instructions: Vec<Instruction>,
    /// Places at which an exception is handled.
    pub(super) handlers: BTreeSet<u32>,
    /// Loops that end with a jump back: where they begin, and the place behind them.
    pub(super) loops: BTreeMap<u32, u32>,
    /// What could not be read is reached.
    pub(super) trouble: Option<&'static str>,
}

/// Where a jump leads.
pub(super) fn target(instruction: &Instruction, version: Version) -> Option<u32> {
    use Op::*;
    let unit = if version >= Version::V310 { 2 } else { 1 };
    let distance = instruction.argument.checked_mul(unit)?;
    match instruction.op {
        JUMP_BACKWARD
        | JUMP_BACKWARD_NO_INTERRUPT
        | POP_JUMP_BACKWARD_IF_FALSE
        | POP_JUMP_BACKWARD_IF_NONE
        | POP_JUMP_BACKWARD_IF_NOT_NONE
        | POP_JUMP_BACKWARD_IF_TRUE => instruction.next.checked_sub(distance),
        JUMP_ABSOLUTE | CONTINUE_LOOP | JUMP_IF_NOT_EXC_MATCH => Some(distance),
        POP_JUMP_IF_FALSE | POP_JUMP_IF_TRUE | JUMP_IF_FALSE_OR_POP | JUMP_IF_TRUE_OR_POP
            if version < Version::V311 =>
        {
            Some(distance)
        }
        FOR_ITER
        | JUMP_FORWARD
        | JUMP_IF_FALSE_OR_POP
        | JUMP_IF_TRUE_OR_POP
        | POP_JUMP_FORWARD_IF_FALSE
        | POP_JUMP_FORWARD_IF_NONE
        | POP_JUMP_FORWARD_IF_NOT_NONE
        | POP_JUMP_FORWARD_IF_TRUE
        | POP_JUMP_IF_FALSE
        | POP_JUMP_IF_NONE
        | POP_JUMP_IF_NOT_NONE
        | POP_JUMP_IF_TRUE
        | SEND
        | SETUP_LOOP
        | SETUP_EXCEPT
        | SETUP_FINALLY
        | SETUP_WITH
        | SETUP_ASYNC_WITH => instruction.next.checked_add(distance),
        _ => None,
    }
}

/// Nothing runs on behind such an instruction.
pub(super) const fn ends(op: Op) -> bool {
    use Op::*;
    matches!(
        op,
        RETURN_VALUE
            | RETURN_CONST
            | RAISE_VARARGS
            | RERAISE
            | JUMP_FORWARD
            | JUMP_ABSOLUTE
            | JUMP_BACKWARD
            | JUMP_BACKWARD_NO_INTERRUPT
            | CONTINUE_LOOP
            | BREAK_LOOP
    )
}

/// Follows every way through the code from its first word: what is jumped over may be anything.
pub(super) fn list(code: &Code<'_>, table: &Table) -> Listing {
    let mut listing = Listing::default();
    let length = u32::try_from(code.code.len()).unwrap_or(u32::MAX);
    let mut found: Vec<Option<Instruction>> = vec![None; code.code.len()];
    if table.version >= Version::V311 {
        listing.handlers.extend(handlers(code.handlers).take(10_000));
    }
    let mut open = vec![0_u32];
    // Handlers are met last, where nothing else leads to them.
    let mut late: Vec<u32> = listing.handlers.iter().rev().copied().collect();
    let mut cold = false;
    while let Some(mut at) = open.pop().or_else(|| {
        cold = true;
        late.pop()
    }) {
        loop {
            match found.get(at as usize) {
                Some(None) => {}
                Some(Some(_)) => break,
                None => {
                    // Code that runs over its end is broken; an end that is reached by a return is not.
                    listing.trouble = Some("its instructions run over their end");
                    break;
                }
            }
            let Some(mut instruction) = decode(code.code, at, table) else {
                listing.trouble = Some("its instructions end early");
                break;
            };
            if instruction.op == Op::Unknown {
                listing.trouble = Some("it holds instructions that this version does not have");
                break;
            }
            instruction.cold = cold;
            found[at as usize] = Some(instruction);
            if let Some(target) = target(&instruction, table.version) {
                if target < length {
                    open.push(target);
                } else if !matches!(instruction.op, Op::SETUP_LOOP) {
                    listing.trouble = Some("it jumps out of itself");
                }
                let handles = matches!(
                    instruction.op,
                    Op::SETUP_EXCEPT | Op::SETUP_FINALLY | Op::SETUP_WITH | Op::SETUP_ASYNC_WITH
                );
                if handles {
                    listing.handlers.insert(target);
                }
            }
            if ends(instruction.op) {
                break;
            }
            at = instruction.next;
        }
    }
    listing.instructions = found.into_iter().flatten().collect();
    // Where an exception was handled, a jump back goes on with what was left.
    let jumps = listing.instructions.iter().filter(|one| one.op != Op::JUMP_BACKWARD_NO_INTERRUPT && !one.cold);
    let back = jumps.filter_map(|one| Some((target(one, table.version)?, one))).filter(|(to, one)| to <= &one.at);
    let mut loops: BTreeMap<u32, u32> = BTreeMap::new();
    for (to, one) in back {
        let end = loops.entry(to).or_insert(one.next);
        *end = (*end).max(one.next);
    }
    loops.retain(|to, _| {
        let first = listing.instructions.binary_search_by_key(to, |one| one.at).ok();
        first.is_some_and(|at| !matches!(listing.instructions[at].op, Op::FOR_ITER | Op::SEND | Op::GET_ANEXT))
    });
    listing.loops = loops;
    listing
}

fn decode(code: &[u8], at: u32, table: &Table) -> Option<Instruction> {
    let (mut place, mut argument) = (at as usize, 0_u32);
    for _ in 0..=LONGEST_PREFIX {
        let byte = *code.get(place)?;
        let wide = table.version > Version::V27;
        let low = if wide {
            let low = u32::from(*code.get(place + 1)?);
            place += 2;
            low
        } else if byte >= table.argument {
            let low = u16::from_le_bytes([*code.get(place + 1)?, *code.get(place + 2)?]);
            place += 3;
            u32::from(low)
        } else {
            place += 1;
            0
        };
        argument = if wide { argument << 8 | low } else { argument << 16 | low };
        if byte == table.extended {
            continue;
        }
        let (op, caches) = table.op(byte);
        let next = u32::try_from(place + 2 * usize::from(caches)).ok()?;
        return Some(Instruction { at, next, op, argument, cold: false });
    }
    None
}

/// Targets in a table of exceptions: numbers of six bits, the highest bit of the first byte begins an entry.
fn handlers(table: &[u8]) -> impl Iterator<Item = u32> {
    let mut rest = table.iter();
    let mut number = move || {
        let mut byte = *rest.next()?;
        let mut number = u32::from(byte & 63);
        while byte & 64 != 0 {
            byte = *rest.next()?;
            number = number.checked_mul(64)? | u32::from(byte & 63);
        }
        Some(number)
    };
    std::iter::from_fn(move || {
        number()?;
        number()?;
        let target = number()?;
        number()?;
        target.checked_mul(2)
    })
}
