//! A walk over blocks that arrive in pieces.

use model::GapKind;

use super::header::{BLOCK, Header, Refusal, sparse_map};
use super::members::Current;
use super::pax::Pax;
use super::{RIVALS, RIVALS_EVER, Tar};
use crate::session::grow;

/// Which next header a reader believes in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Policy {
    /// As CPython: links, folders and devices have no data; pax sizes count.
    Tarfile,
    /// The size of the 512-byte header, whatever the type.
    Ustar,
    /// pax sizes count, the first of several, whatever the type.
    Pax,
}

#[derive(Debug)]
pub(super) enum State {
    Header,
    /// The data of a pax or long-name header: what is left of it, then padding.
    Extension {
        left: u64,
        padding: u64,
    },
    /// More of a sparse map.
    SparseMap(Header),
    Data {
        left: u64,
        padding: u64,
    },
    Skip(u64),
    /// Behind the end, or behind a block that is no header: nobody reads on, so an attacker may write here.
    After,
    Ended,
}

/// What stands in front of a member's own header.
#[derive(Clone, Debug)]
pub(super) enum Extension {
    Pax(Pax),
    LongName(Vec<u8>),
    LongLink(Vec<u8>),
}

pub(super) struct Walker {
    pub(super) policy: Policy,
    pub(super) state: State,
    block: [u8; BLOCK],
    filled: usize,
    /// Offset of the next byte.
    pub(super) at: u64,
    pub(super) global: Pax,
    pub(super) extensions: Vec<Extension>,
    extension_kind: u8,
    extension: Vec<u8>,
    extension_over: bool,
    pub(super) current: Option<Current>,
    /// It was another reading, or it went on behind the end.
    pub(super) hidden: bool,
    /// The rest of the chunk in which it set out.
    pending: Option<Vec<u8>>,
    headers: u64,
    /// How many headers CPython had seen when this one set out.
    headers_before: u64,
    /// Non-zero bytes behind the end that are no headers.
    tail: Vec<u8>,
    tail_length: u64,
    tail_offset: u64,
}

impl Walker {
    pub(super) fn new(policy: Policy) -> Self {
        Self {
            policy,
            state: State::Header,
            block: [0; BLOCK],
            filled: 0,
            at: 0,
            global: Pax::default(),
            extensions: Vec::new(),
            extension_kind: 0,
            extension: Vec::new(),
            extension_over: false,
            current: None,
            hidden: false,
            pending: None,
            headers: 0,
            headers_before: 0,
            tail: Vec::new(),
            tail_length: 0,
            tail_offset: 0,
        }
    }

    pub(super) fn ended(&self) -> bool {
        matches!(self.state, State::Ended)
    }

    pub(super) fn is_rival(&self) -> bool {
        self.policy != Policy::Tarfile
    }

    /// Takes bytes for the block under way; true when it is full.
    fn fill(&mut self, rest: &mut &[u8]) -> bool {
        let take = rest.len().min(BLOCK - self.filled);
        self.block[self.filled..self.filled + take].copy_from_slice(&rest[..take]);
        *rest = &rest[take..];
        self.at += take as u64;
        self.filled += take;
        let full = self.filled == BLOCK;
        if full {
            self.filled = 0;
        }
        full
    }

    /// Takes up to `most` bytes.
    fn take<'a>(&mut self, rest: &mut &'a [u8], most: u64) -> &'a [u8] {
        let take = usize::try_from(most).unwrap_or(usize::MAX).min(rest.len());
        let (taken, left) = rest.split_at(take);
        *rest = left;
        self.at += take as u64;
        taken
    }
}

/// Bytes up to the next block.
pub(super) fn padding(size: u64) -> u64 {
    (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64
}

impl Tar<'_, '_> {
    /// Feeds a walker of another reading: a new one gets what was left of the chunk in which it set out.
    pub(super) fn feed_rival(&mut self, rival: &mut Walker, chunk: &[u8]) {
        match rival.pending.take() {
            Some(rest) => self.feed(rival, &rest),
            None => self.feed(rival, chunk),
        }
    }

    pub(super) fn feed(&mut self, walker: &mut Walker, mut rest: &[u8]) {
        while !rest.is_empty() && !self.session.stopped() {
            match &mut walker.state {
                State::Header => {
                    if walker.filled == 0 && self.begins_header(walker) {
                        return;
                    }
                    if walker.fill(&mut rest) {
                        let block = walker.block;
                        self.header(walker, &block, rest);
                    }
                }
                State::Extension { left, padding } => {
                    let (left_now, padding_now) = (*left, *padding);
                    if left_now > 0 {
                        let taken = walker.take(&mut rest, left_now);
                        walker.state = State::Extension { left: left_now - taken.len() as u64, padding: padding_now };
                        let most = usize::try_from(self.session.limits.record).unwrap_or(usize::MAX);
                        let room = most.saturating_sub(walker.extension.len());
                        walker.extension_over |= taken.len() > room;
                        walker.extension.extend_from_slice(&taken[..taken.len().min(room)]);
                    }
                    if matches!(walker.state, State::Extension { left: 0, .. }) {
                        self.extension(walker);
                        walker.state = if padding_now > 0 { State::Skip(padding_now) } else { State::Header };
                    }
                }
                State::SparseMap(header) => {
                    let header = header.clone();
                    if walker.fill(&mut rest) {
                        let block = walker.block;
                        if let Some(current) = &mut walker.current {
                            sparse_map(&block[..504], &mut current.sparse);
                        }
                        if block[504] == 0 || walker.current.as_ref().is_none_or(|it| it.sparse.len() > 65_536) {
                            self.data_begins(walker, &header, rest);
                        }
                    }
                }
                State::Data { left, padding } => {
                    let (left_now, padding_now) = (*left, *padding);
                    let taken = walker.take(&mut rest, left_now);
                    let left_now = left_now - taken.len() as u64;
                    self.data(walker, taken);
                    walker.state = State::Data { left: left_now, padding: padding_now };
                    if left_now == 0 {
                        self.member_ends(walker, true);
                        walker.state = if padding_now > 0 { State::Skip(padding_now) } else { State::Header };
                    }
                }
                State::Skip(left) => {
                    let left_now = *left;
                    let taken = walker.take(&mut rest, left_now);
                    let length = taken.len() as u64;
                    walker.state = if length == left_now { State::Header } else { State::Skip(left_now - length) };
                    if taken.iter().any(|byte| *byte != 0) && !walker.is_rival() {
                        // Between a member's end and the next block, where no reader looks.
                        self.anomaly("gap-data", "", format!("{length} bytes of padding are not zero"));
                        self.kept("gap-data", taken, walker.at - length);
                    }
                }
                State::After => {
                    if walker.fill(&mut rest) {
                        let block = walker.block;
                        self.after(walker, &block, rest);
                    }
                }
                State::Ended => return,
            }
        }
    }

    /// Notes where CPython sees headers; a rival that meets one of them agrees from there on. True when it does.
    fn begins_header(&mut self, walker: &mut Walker) -> bool {
        if walker.is_rival() {
            if self.offsets.contains(&walker.at) {
                if walker.headers == 0 {
                    self.differ(walker.at);
                }
                walker.state = State::Ended;
                return true;
            }
        } else if !self.rivals.is_empty() || self.rivals_ever > 0 {
            self.offsets.insert(walker.at);
        }
        false
    }

    fn differ(&mut self, at: u64) {
        self.anomaly("tar-readings-differ", "", format!("another reader takes the next header from offset {at}"));
    }

    fn header(&mut self, walker: &mut Walker, block: &[u8; BLOCK], rest: &[u8]) {
        match Header::parse(block) {
            Ok(header) => {
                walker.headers += 1;
                self.headers += u64::from(!walker.is_rival());
                if walker.is_rival() && walker.headers == 1 {
                    self.differ(walker.at - BLOCK as u64);
                }
                if header.odd_number && !walker.is_rival() {
                    let name = String::from_utf8_lossy(&header.name).into_owned();
                    self.anomaly("tar-readings-differ", &name, "a number in the header is none, some readers stop");
                }
                self.entry(walker, header, block, rest);
            }
            Err(refusal) if walker.is_rival() => {
                if refusal == Refusal::Zero && walker.headers == 0 && self.headers > walker.headers_before {
                    self.differ(walker.at - BLOCK as u64);
                }
                walker.state = State::Ended;
            }
            Err(Refusal::Zero) => {
                if !walker.extensions.is_empty() {
                    // CPython stops with an error, others with the last member.
                    self.anomaly("malformed-pax", "", "header extensions that belong to no member");
                    walker.extensions.clear();
                }
                walker.state = State::After;
            }
            Err(refusal) => {
                // CPython stops here without a word.
                let what = if refusal == Refusal::Checksum { "checksum" } else { "number" };
                let at = walker.at - BLOCK as u64;
                self.damaged("bad-checksum", GapKind::Corrupt, "", &format!("the header at {at} has a wrong {what}"));
                walker.state = State::After;
                self.keep_tail(walker, block);
            }
        }
    }

    fn entry(&mut self, walker: &mut Walker, header: Header, block: &[u8; BLOCK], rest: &[u8]) {
        let Ok(size) = u64::try_from(header.size) else {
            let name = String::from_utf8_lossy(&header.name).into_owned();
            self.anomaly("size-lie", &name, format!("a size of {}", header.size));
            self.damaged("corrupt", GapKind::Corrupt, &name, "a negative size");
            walker.state = if walker.is_rival() { State::Ended } else { State::After };
            return;
        };
        match header.kind {
            b'x' | b'X' | b'g' | b'L' | b'K' => {
                walker.extension_kind = header.kind;
                walker.extension.clear();
                walker.extension_over = false;
                walker.state = State::Extension { left: size, padding: padding(size) };
                if size == 0 {
                    self.extension(walker);
                    walker.state = State::Header;
                }
            }
            _ => {
                self.member_begins(walker, &header);
                if header.kind == b'S' {
                    if let Some(current) = &mut walker.current {
                        sparse_map(&block[386..482], &mut current.sparse);
                    }
                    if block[482] != 0 {
                        walker.state = State::SparseMap(header);
                        return;
                    }
                }
                self.data_begins(walker, &header, rest);
            }
        }
    }

    fn extension(&mut self, walker: &mut Walker) {
        let bytes = std::mem::take(&mut walker.extension);
        if walker.extension_over {
            let detail = format!("a header extension of more than {} bytes", self.session.limits.record);
            self.anomaly("long-extension", "", detail.as_str());
            self.damaged("long-extension", GapKind::Limit, "", &detail);
        }
        if matches!(walker.extension_kind, b'L' | b'K') {
            let told = super::header::text(&bytes).len();
            if bytes[told..].iter().any(|byte| *byte != 0) {
                self.anomaly("malformed-pax", "", "a long name goes on behind its end");
                let at = walker.at.saturating_sub((bytes.len() - told) as u64);
                self.kept("malformed-pax", &bytes[told..], at);
            }
        }
        let extension = match walker.extension_kind {
            b'L' => Extension::LongName(super::header::text(&bytes).to_vec()),
            b'K' => Extension::LongLink(super::header::text(&bytes).to_vec()),
            kind => {
                let pax = Pax::parse(&bytes);
                if pax.malformed {
                    self.anomaly("malformed-pax", "", "a pax record could not be read");
                    let at = walker.at.saturating_sub(bytes.len() as u64);
                    self.kept("malformed-pax", &bytes, at);
                }
                for value in &pax.texts {
                    self.anomaly("comment", "", format!("a pax record of {} bytes", value.len()));
                    self.kept("comment", value, walker.at.saturating_sub(bytes.len() as u64));
                }
                if kind == b'g' {
                    if pax.speaks_of_members() {
                        let detail = "a global header names the members that follow";
                        self.anomaly("tar-readings-differ", "", detail);
                    }
                    walker.global.update(&pax);
                    return;
                }
                Extension::Pax(pax)
            }
        };
        if walker.extensions.len() >= 64 {
            self.anomaly("malformed-pax", "", "too many header extensions for one member");
            return;
        }
        walker.extensions.push(extension);
    }

    /// Sets another walker on its way when another reader would take the next header from elsewhere.
    pub(super) fn diverge(
        &mut self,
        walker: &Walker,
        header: &Header,
        own: (i64, u64),
        others: [(Policy, i64, u64); 2],
        rest: &[u8],
    ) {
        if walker.is_rival() || self.collect.is_some() {
            return;
        }
        let mut gone = vec![own];
        for (policy, size, skip) in others {
            // Within one block a size still decides what the content is.
            if gone.iter().any(|(other, blocks)| *blocks == skip && (*other == size || !header.is_regular())) {
                continue;
            }
            gone.push((size, skip));
            let name = walker.current.as_ref().map(|current| current.name().to_owned()).unwrap_or_default();
            // A folder or a link with a size is honest as long as nobody who skips it finds an archive behind it.
            if header.is_regular() {
                let detail = format!("{} bytes for one reader, {size} for another", own.0);
                self.anomaly("tar-readings-differ", &name, detail);
            }
            if self.rivals.len() >= RIVALS || self.rivals_ever >= RIVALS_EVER {
                let detail = "more members with two sizes than are followed";
                self.damaged("tar-readings-differ", GapKind::Limit, "", detail);
                return;
            }
            self.rivals_ever += 1;
            let mut rival = Walker::new(policy);
            rival.at = walker.at;
            rival.headers_before = self.headers;
            rival.hidden = walker.hidden;
            rival.global = walker.global.clone();
            rival.state = match self.resized(walker, header, size) {
                Some((current, left)) => {
                    rival.current = Some(current);
                    State::Data { left, padding: padding(left) }
                }
                None if skip == 0 => State::Header,
                None => State::Skip(skip),
            };
            rival.pending = Some(rest.to_vec());
            self.rivals.push(rival);
        }
    }

    fn after(&mut self, walker: &mut Walker, block: &[u8; BLOCK], rest: &[u8]) {
        match Header::parse(block) {
            Err(Refusal::Zero) => {}
            Ok(header) if header.ustar || !header.name.is_empty() => {
                if !walker.hidden {
                    let at = walker.at - BLOCK as u64;
                    self.anomaly("data-after-end", "", format!("a header at {at}, behind the end of the archive"));
                }
                walker.hidden = true;
                walker.state = State::Header;
                self.entry(walker, header, block, rest);
            }
            Ok(_) | Err(_) => self.keep_tail(walker, block),
        }
    }

    /// Bytes that no reader shows.
    fn kept(&mut self, what: &str, bytes: &[u8], at: u64) {
        if self.collect.is_none() {
            crate::nested::hidden(self.session, bytes, what, at, self.site, crate::Format::Tar);
        }
    }

    fn keep_tail(&mut self, walker: &mut Walker, block: &[u8]) {
        if walker.tail_length == 0 {
            walker.tail_offset = walker.at - block.len() as u64;
        }
        walker.tail_length += block.len() as u64;
        // It is moved while it grows, and copied when it is handed over.
        if (walker.tail.len() as u64) < self.session.limits.member.min(self.session.free() / 2) {
            self.session.take(block.len() as u64);
            grow(&mut walker.tail, block.len(), 0);
            walker.tail.extend_from_slice(block);
        }
    }

    /// The archive is over; `cut` says that the stream around it broke, which is told already.
    pub(super) fn finish(&mut self, walker: &mut Walker, cut: bool) {
        if walker.current.is_some() {
            self.member_ends(walker, false);
        }
        if walker.is_rival() {
            return;
        }
        let partial = walker.block[..walker.filled].to_vec();
        match walker.state {
            State::After => {
                if partial.iter().any(|byte| *byte != 0) {
                    self.keep_tail(walker, &partial);
                }
            }
            State::Header if walker.filled == 0 && walker.extensions.is_empty() => {}
            State::Skip(_) | State::Ended => {}
            _ if cut => {}
            _ => self.damaged("truncated", GapKind::Corrupt, "", "the archive ends inside a header or a member"),
        }
        if walker.tail_length > 0 && self.collect.is_none() {
            let detail = format!("{} bytes behind the end of the archive", walker.tail_length);
            self.anomaly("data-after-end", "", detail);
            let tail = std::mem::take(&mut walker.tail);
            if walker.tail_length > tail.len() as u64 {
                self.damaged("data-after-end", GapKind::Limit, "", "more data behind the end than is read");
            }
            crate::nested::hidden(
                self.session,
                &tail,
                "data-after-end",
                walker.tail_offset,
                self.site,
                crate::Format::Tar,
            );
            self.session.give_back(tail.len() as u64);
        }
    }
}
