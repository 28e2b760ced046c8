//! The outer structure of a dump, read as a stream.
//!
//! The scanner knows JSON only as far as it needs to cut the file into entries: it balances brackets, minds strings,
//! counts lines, and holds one entry at a time. The text of each entry is then read by `serde_json`, which has the last
//! word on what JSON is. So a file of any size is read in the memory of its largest entry, which is limited.

use std::io::{self, Read};

use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::error::{DumpError, ErrorCode};
use super::frame::{Framer, MAX_DEPTH, Step, Stuck};
use super::place::{Kind, Place, escape};

/// The largest entry accepted. AWS's own largest is a policy of five versions of some 100 KB each, indented.
pub const MAX_ENTRY_BYTES: usize = 8 << 20;

const CHUNK: usize = 64 << 10;

/// What stands next in the file.
pub(super) enum Item<'a> {
    /// One entry; its text is well-formed JSON.
    Entry(Place, &'a RawValue),
    /// Something wrong that does not hinder reading on.
    Fault(DumpError),
    /// The dump says that more pages follow.
    Incomplete,
}

#[derive(Clone, Copy)]
enum State {
    Start,
    /// Between two keys of the outer object.
    Keys {
        first: bool,
    },
    /// Between two entries of a list.
    List {
        place: Place,
    },
    End,
}

#[derive(Clone, Copy)]
struct Position {
    /// From 1.
    line: usize,
    /// From 1, in bytes.
    column: usize,
}

/// Cuts a dump into entries. After an `Err` the file cannot be read on.
pub(super) struct Scanner<R> {
    reader: R,
    buffer: Box<[u8]>,
    at: usize,
    filled: usize,
    /// Bytes read before the buffer's present content.
    before: u64,
    line: usize,
    /// Offset in the file of the present line's first byte.
    line_start: u64,
    hash: Sha256,
    state: State,
    seen: Vec<Kind>,
    value: Vec<u8>,
    value_start: Position,
}

impl<R: Read> Scanner<R> {
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            buffer: vec![0; CHUNK].into_boxed_slice(),
            at: 0,
            filled: 0,
            before: 0,
            line: 1,
            line_start: 0,
            hash: Sha256::new(),
            state: State::Start,
            seen: Vec::new(),
            value: Vec::new(),
            value_start: Position { line: 1, column: 1 },
        }
    }

    /// Size in bytes and SHA-256 of what was read. Of the whole file, once [`Self::item`] has given `None`.
    pub fn fingerprint(&self) -> (u64, [u8; 32]) {
        (self.before + self.filled as u64, self.hash.clone().finalize().into())
    }

    /// The next item; `None` at the proper end of the file.
    pub fn item(&mut self) -> Result<Option<Item<'_>>, DumpError> {
        loop {
            match self.state {
                State::Start => self.start()?,
                State::Keys { first } => {
                    if let Some(item) = self.key(first)? {
                        return Ok(Some(item));
                    }
                }
                State::List { place } => {
                    if self.enter_element(place)? {
                        return self.entry(place).map(Some);
                    }
                }
                State::End => return Ok(None),
            }
        }
    }

    fn start(&mut self) -> Result<(), DumpError> {
        // Shells of some systems write the output in UTF-16, which looks like nothing at all: say so.
        match (self.peek()?, self.buffer.get(..self.filled).unwrap_or_default()) {
            (None, _) => return Err(self.malformed("the file is empty")),
            (_, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..]) => {
                return Err(self.malformed("the file is in UTF-16; save it as UTF-8"));
            }
            (_, [0xEF, 0xBB, 0xBF, ..]) => self.advance(3),
            _ => {}
        }
        if self.peek_token()? != Some(b'{') {
            self.capture()?;
            self.captured("")?;
            return Err(DumpError::of_file(
                ErrorCode::WrongType,
                "The file is not an object, as the output of get-account-authorization-details is.",
            ));
        }
        self.advance(1);
        self.state = State::Keys { first: true };
        Ok(())
    }

    /// Reads one key of the outer object and what follows it, up to the first entry if it is a list of entries.
    fn key(&mut self, first: bool) -> Result<Option<Item<'static>>, DumpError> {
        match self.peek_token()? {
            Some(b'}') => {
                self.advance(1);
                return self.end();
            }
            Some(b',') if !first => {
                self.advance(1);
                self.peek_token()?;
            }
            Some(b'"') if first => {}
            _ if first => return Err(self.unexpected("a key or `}`")),
            _ => return Err(self.unexpected("`,` or `}`")),
        }
        if self.peek()? != Some(b'"') {
            return Err(self.unexpected("a key"));
        }
        self.capture()?;
        let key: String =
            serde_json::from_slice(&self.value).map_err(|error| malformed_within("", self.value_start, &error))?;
        if self.peek_token()? != Some(b':') {
            return Err(self.unexpected("`:`"));
        }
        self.advance(1);
        let token = self.peek_token()?;
        self.state = State::Keys { first: false };

        let kind = Kind::of_list(&key);
        let pointer = format!("/{}", escape(&key));
        if let Some(kind) = kind {
            if self.seen.contains(&kind) {
                self.capture()?;
                let message = format!("The file has `{key}` twice.");
                return Ok(Some(Item::Fault(DumpError { pointer, code: ErrorCode::DuplicateKey, message })));
            }
            self.seen.push(kind);
            if token == Some(b'[') {
                self.advance(1);
                self.state = State::List { place: Place { kind, index: 0 } };
                return Ok(None);
            }
        }
        self.capture()?;
        let value = self.captured(&pointer)?;
        if kind.is_some() {
            let message = format!("`{key}` is not a list.");
            return Ok(Some(Item::Fault(DumpError { pointer, code: ErrorCode::WrongType, message })));
        }
        Ok((key == "IsTruncated" && value.get() == "true").then_some(Item::Incomplete))
    }

    /// Checks what follows the outer object and what it must hold.
    fn end(&mut self) -> Result<Option<Item<'static>>, DumpError> {
        if self.peek_token()?.is_some() {
            return Err(self.unexpected("the end of the file"));
        }
        self.state = State::End;
        if !self.seen.is_empty() {
            return Ok(None);
        }
        Ok(Some(Item::Fault(DumpError::of_file(
            ErrorCode::MissingField,
            "The file has none of `UserDetailList`, `GroupDetailList`, `RoleDetailList` and `Policies`: \
             it is not the output of get-account-authorization-details.",
        ))))
    }

    /// Moves to the next element of a list; false at the list's end.
    fn enter_element(&mut self, place: Place) -> Result<bool, DumpError> {
        match self.peek_token()? {
            Some(b']') => {
                self.advance(1);
                self.state = State::Keys { first: false };
                return Ok(false);
            }
            Some(b',') if place.index > 0 => {
                self.advance(1);
                self.peek_token()?;
            }
            _ if place.index > 0 => return Err(self.unexpected("`,` or `]`")),
            _ => {}
        }
        Ok(true)
    }

    fn entry(&mut self, place: Place) -> Result<Item<'_>, DumpError> {
        let whole = self.capture()?;
        self.state = State::List { place: Place { index: place.index + 1, ..place } };
        if !whole {
            let message = format!("The entry is larger than {} MB.", MAX_ENTRY_BYTES >> 20);
            return Ok(Item::Fault(DumpError { pointer: place.to_string(), code: ErrorCode::Oversized, message }));
        }
        self.captured(&place.to_string()).map(|text| Item::Entry(place, text))
    }

    /// Reads one JSON value into `self.value`, as far as brackets and strings go. False if it was too large to be kept;
    /// it is then left out, and the file can be read on.
    fn capture(&mut self) -> Result<bool, DumpError> {
        let mut framer = Framer::default();
        let mut whole = true;
        self.value.clear();
        self.value_start = self.position();
        loop {
            if self.peek()?.is_none() {
                if framer.is_scalar() {
                    return Ok(whole);
                }
                return Err(self.malformed("the file ends in the middle of a value"));
            }
            let step = framer.feed(&self.buffer[self.at..self.filled]);
            let taken = match step {
                Step::More => self.filled - self.at,
                Step::Done(taken) | Step::Stuck(taken, _) => taken,
            };
            whole &= self.value.len() + taken <= MAX_ENTRY_BYTES;
            if whole {
                self.value.extend_from_slice(&self.buffer[self.at..self.at + taken]);
            }
            self.advance(taken);
            match step {
                Step::More => {}
                Step::Done(_) => return Ok(whole),
                Step::Stuck(_, Stuck::Bracket) => return Err(self.unexpected("another closing bracket")),
                Step::Stuck(_, Stuck::NoValue) => return Err(self.unexpected("a value")),
                Step::Stuck(_, Stuck::Depth) => {
                    let message = format!("Values are nested deeper than {MAX_DEPTH} levels.");
                    return Err(self.fault(ErrorCode::TooDeep, message));
                }
            }
        }
    }

    /// The value captured last, once `serde_json` has found it well-formed.
    fn captured(&self, pointer: &str) -> Result<&RawValue, DumpError> {
        serde_json::from_slice(&self.value).map_err(|error| malformed_within(pointer, self.value_start, &error))
    }

    fn peek_token(&mut self) -> Result<Option<u8>, DumpError> {
        while let Some(byte) = self.peek()? {
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return Ok(Some(byte));
            }
            self.advance(1);
        }
        Ok(None)
    }

    fn peek(&mut self) -> Result<Option<u8>, DumpError> {
        if self.at == self.filled {
            self.before += self.filled as u64;
            self.at = 0;
            self.filled = loop {
                match self.reader.read(&mut self.buffer) {
                    Ok(read) => break read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => {
                        self.filled = 0;
                        return Err(self.fault(ErrorCode::Unreadable, format!("The file cannot be read: {error}.")));
                    }
                }
            };
            self.hash.update(&self.buffer[..self.filled]);
        }
        Ok(self.buffer[..self.filled].get(self.at).copied())
    }

    fn advance(&mut self, count: usize) {
        let passed = &self.buffer[self.at..self.at + count];
        if let Some(last) = passed.iter().rposition(|&byte| byte == b'\n') {
            self.line += passed.iter().filter(|&&byte| byte == b'\n').count();
            self.line_start = self.before + (self.at + last) as u64 + 1;
        }
        self.at += count;
    }

    fn position(&self) -> Position {
        let offset = self.before + self.at as u64;
        Position { line: self.line, column: usize::try_from(offset - self.line_start).unwrap_or(usize::MAX) + 1 }
    }

    fn unexpected(&mut self, wanted: &str) -> DumpError {
        match self.peek() {
            Ok(Some(_)) => self.malformed(&format!("expected {wanted}")),
            Ok(None) => self.malformed(&format!("the file ends where {wanted} is expected")),
            Err(error) => error,
        }
    }

    fn malformed(&self, what: &str) -> DumpError {
        let Position { line, column } = self.position();
        self.fault(ErrorCode::MalformedJson, malformed_message(line, column, what))
    }

    /// A fault at the entry being read, or at the file.
    fn fault(&self, code: ErrorCode, message: String) -> DumpError {
        let pointer = match self.state {
            State::List { place } => place.to_string(),
            _ => String::new(),
        };
        DumpError { pointer, code, message }
    }
}

fn malformed_message(line: usize, column: usize, what: &str) -> String {
    format!("The file is not well-formed JSON at line {line}, column {column}: {what}.")
}

/// Puts what `serde_json` says about a value into the file's lines.
fn malformed_within(pointer: &str, start: Position, error: &serde_json::Error) -> DumpError {
    let line = start.line + error.line().saturating_sub(1);
    let column = if error.line() <= 1 { start.column + error.column().saturating_sub(1) } else { error.column() };
    // serde_json appends its own position, which counts from the value's start.
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    DumpError {
        pointer: pointer.to_owned(),
        code: ErrorCode::MalformedJson,
        message: malformed_message(line, column, what),
    }
}
