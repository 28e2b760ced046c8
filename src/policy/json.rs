//! JSON with positions: a small reader that keeps where every element stood.
//!
//! A policy is stored as its exact text, so what is needed from a reader is not a value but a map of the text: which bytes
//! each element covers, which names occur twice, and where a mistake is. Reading is linear in the text, never recurses
//! deeper than [`MAX_DEPTH`], and accepts exactly RFC 8259.

use std::fmt;

/// How deep objects and arrays may nest. A policy needs six.
pub const MAX_DEPTH: usize = 64;
/// How many bytes a text may have. The largest policy that AWS accepts has about 80 KB.
pub const MAX_BYTES: usize = 1 << 20;

/// A range of bytes of the text, end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

/// One element with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// The bytes that it covers, quotes and brackets included.
    pub span: Span,
    /// What it is.
    pub value: Value,
}

/// What an element is. Numbers keep their own spelling, since `1.10` and `1.1` differ for whoever edits the text.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as it is spelt.
    Number(Box<str>),
    /// A string, its escapes decoded.
    String(Box<str>),
    /// An array.
    Array(Vec<Node>),
    /// An object, its members in the order of the text; names may repeat.
    Object(Vec<Member>),
}

/// A name and its value in an object.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// The name, its escapes decoded.
    pub name: Box<str>,
    /// The bytes of the name, quotes included.
    pub name_span: Span,
    /// The value.
    pub node: Node,
    /// Whether an earlier member of the same object has the same name.
    pub repeated: bool,
}

/// Where and why a text is not JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The offset of the byte that could not be read; the length of the text if it ends too early.
    pub offset: usize,
    /// JSON Pointer of the innermost element that was being read.
    pub pointer: String,
    /// What was wrong.
    pub problem: Problem,
}

/// What can be wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each says what it is in its sentence below")]
pub enum Problem {
    TooLong,
    TooDeep,
    UnexpectedEnd,
    ExpectedValue,
    ExpectedName,
    ExpectedColon,
    ExpectedCommaOrEnd,
    TrailingComma,
    TrailingText,
    BadNumber,
    BadEscape,
    LoneSurrogate,
    ControlCharacter,
    UnterminatedString,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Problem::TooLong => "The text is longer than 1 MiB.",
            Problem::TooDeep => "Objects and arrays are nested too deeply here.",
            Problem::UnexpectedEnd => "The text ends in the middle of an element.",
            Problem::ExpectedValue => "A value is expected here.",
            Problem::ExpectedName => "A name in double quotes is expected here.",
            Problem::ExpectedColon => "A colon is expected after the name.",
            Problem::ExpectedCommaOrEnd => "A comma or the closing bracket is expected here.",
            Problem::TrailingComma => "A comma must not stand before the closing bracket.",
            Problem::TrailingText => "Nothing may follow the end of the document.",
            Problem::BadNumber => "This is not a number.",
            Problem::BadEscape => "This escape sequence is not known in JSON.",
            Problem::LoneSurrogate => "This escape is half of a surrogate pair.",
            Problem::ControlCharacter => "A control character must be written as an escape.",
            Problem::UnterminatedString => "The string is not closed on its line.",
        })
    }
}

/// Reads a text.
///
/// # Errors
/// The first place that is not JSON.
pub fn parse(text: &str) -> Result<Node, SyntaxError> {
    let mut parser = Parser { text, bytes: text.as_bytes(), at: 0, path: Vec::new() };
    if text.len() > MAX_BYTES {
        return Err(parser.error_at(MAX_BYTES, Problem::TooLong));
    }
    parser.skip_space();
    let node = parser.node()?;
    parser.skip_space();
    if parser.at < text.len() {
        return Err(parser.error(Problem::TrailingText));
    }
    Ok(node)
}

impl Node {
    /// The string, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The members, if it is an object.
    pub fn as_object(&self) -> Option<&[Member]> {
        match &self.value {
            Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items, if it is an array.
    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The first member of that name, if it is an object that has one.
    pub fn get(&self, name: &str) -> Option<&Member> {
        self.as_object()?.iter().find(|member| &*member.name == name)
    }

    /// The element that a JSON Pointer names (RFC 6901), this node being the whole document.
    pub fn pointed(&self, pointer: &str) -> Option<&Node> {
        let mut node = self;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            node = match &node.value {
                Value::Object(members) => &members.iter().find(|member| *member.name == *token)?.node,
                Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(node)
    }

    /// What kind of element it is, as a word for messages.
    pub fn kind(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a Boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }
}

/// Appends one step to a JSON Pointer, escaped as RFC 6901 asks.
pub fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    for c in step.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

enum Step {
    Name(Box<str>),
    Index(usize),
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    path: Vec<Step>,
}

impl Parser<'_> {
    fn error(&self, problem: Problem) -> SyntaxError {
        let problem =
            if self.at >= self.bytes.len() && problem != Problem::TooDeep { Problem::UnexpectedEnd } else { problem };
        self.error_at(self.at, problem)
    }

    fn error_at(&self, offset: usize, problem: Problem) -> SyntaxError {
        let mut pointer = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) => push_step(&mut pointer, name),
                Step::Index(index) => push_step(&mut pointer, &index.to_string()),
            }
        }
        SyntaxError { offset, pointer, problem }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn node(&mut self) -> Result<Node, SyntaxError> {
        let start = self.at;
        let value = match self.peek() {
            Some(b'{') => self.object()?,
            Some(b'[') => self.array()?,
            Some(b'"') => Value::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Bool(true))?,
            Some(b'f') => self.word("false", Value::Bool(false))?,
            Some(b'n') => self.word("null", Value::Null)?,
            _ => return Err(self.error(Problem::ExpectedValue)),
        };
        Ok(Node { span: Span { start, end: self.at }, value })
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, SyntaxError> {
        if !self.bytes[self.at..].starts_with(word.as_bytes()) {
            return Err(self.error(Problem::ExpectedValue));
        }
        self.at += word.len();
        Ok(value)
    }

    fn enter(&mut self) -> Result<(), SyntaxError> {
        if self.path.len() >= MAX_DEPTH {
            return Err(self.error(Problem::TooDeep));
        }
        self.at += 1;
        self.skip_space();
        Ok(())
    }

    fn object(&mut self) -> Result<Value, SyntaxError> {
        self.enter()?;
        let mut members: Vec<Member> = Vec::new();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                let trailing = self.peek() == Some(b'}');
                return Err(self.error(if trailing { Problem::TrailingComma } else { Problem::ExpectedName }));
            }
            let name_start = self.at;
            let name = self.string()?;
            let name_span = Span { start: name_start, end: self.at };
            self.path.push(Step::Name(name.clone()));
            self.skip_space();
            if self.peek() != Some(b':') {
                return Err(self.error(Problem::ExpectedColon));
            }
            self.at += 1;
            self.skip_space();
            let node = self.node()?;
            self.path.pop();
            members.push(Member { name, name_span, node, repeated: false });
            if self.next_item(b'}')? {
                mark_repeated(&mut members);
                return Ok(Value::Object(members));
            }
        }
    }

    fn array(&mut self) -> Result<Value, SyntaxError> {
        self.enter()?;
        let mut items = Vec::new();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            if self.peek() == Some(b']') {
                return Err(self.error(Problem::TrailingComma));
            }
            self.path.push(Step::Index(items.len()));
            items.push(self.node()?);
            self.path.pop();
            if self.next_item(b']')? {
                return Ok(Value::Array(items));
            }
        }
    }

    /// Steps over a comma, or over the closing bracket and says so.
    fn next_item(&mut self, close: u8) -> Result<bool, SyntaxError> {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.skip_space();
                Ok(false)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(true)
            }
            _ => Err(self.error(Problem::ExpectedCommaOrEnd)),
        }
    }

    fn number(&mut self) -> Result<Value, SyntaxError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.')) {
            return Err(self.error(Problem::BadNumber));
        }
        Ok(Value::Number(self.text[start..self.at].into()))
    }

    fn digits(&mut self) -> Result<(), SyntaxError> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.error(Problem::BadNumber)) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Box<str>, SyntaxError> {
        let open = self.at;
        self.at += 1;
        let mut plain = self.at;
        let mut decoded = String::new();
        loop {
            match self.peek() {
                None => return Err(self.error_at(open, Problem::UnterminatedString)),
                Some(b'"') => {
                    let rest = &self.text[plain..self.at];
                    self.at += 1;
                    if decoded.is_empty() {
                        return Ok(rest.into());
                    }
                    decoded.push_str(rest);
                    return Ok(decoded.into());
                }
                Some(b'\n' | b'\r') => return Err(self.error_at(open, Problem::UnterminatedString)),
                Some(0..=0x1f) => return Err(self.error(Problem::ControlCharacter)),
                Some(b'\\') => {
                    decoded.push_str(&self.text[plain..self.at]);
                    let c = self.escape()?;
                    decoded.push(c);
                    plain = self.at;
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let simple = match self.peek() {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => {
                self.at += 1;
                let first = self.hex4(start)?;
                let code = match first {
                    0xd800..=0xdbff if self.bytes[self.at..].starts_with(b"\\u") => {
                        self.at += 2;
                        let second = self.hex4(start)?;
                        if !(0xdc00..=0xdfff).contains(&second) {
                            return Err(self.error_at(start, Problem::LoneSurrogate));
                        }
                        0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                    }
                    code => code,
                };
                return char::from_u32(code).ok_or_else(|| self.error_at(start, Problem::LoneSurrogate));
            }
            _ => return Err(self.error_at(start, Problem::BadEscape)),
        };
        self.at += 1;
        Ok(simple)
    }

    fn hex4(&mut self, start: usize) -> Result<u32, SyntaxError> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let Some(digit) = digit else {
                return Err(self.error_at(start, Problem::BadEscape));
            };
            code = code * 16 + digit;
            self.at += 1;
        }
        Ok(code)
    }
}

/// Marks the members whose name an earlier one has. Sorted, so that a hostile object of many names stays cheap.
fn mark_repeated(members: &mut [Member]) {
    if members.len() < 2 {
        return;
    }
    let mut order: Vec<usize> = (0..members.len()).collect();
    order.sort_by(|&a, &b| members[a].name.cmp(&members[b].name).then(a.cmp(&b)));
    for pair in order.windows(2) {
        if members[pair[0]].name == members[pair[1]].name {
            members[pair[1]].repeated = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(text: &str) -> (usize, String, Problem) {
        let error = parse(text).expect_err("must not parse");
        (error.offset, error.pointer, error.problem)
    }

    #[test]
    fn every_element_knows_its_bytes() {
        let text = r#" {"a": [1, "x\n", true], "b": {"c": null}} "#;
        let root = parse(text).unwrap();
        let slice = |pointer: &str| {
            let span = root.pointed(pointer).unwrap().span;
            &text[span.start..span.end]
        };
        assert_eq!(slice(""), text.trim());
        assert_eq!(slice("/a"), r#"[1, "x\n", true]"#);
        assert_eq!(slice("/a/0"), "1");
        assert_eq!(slice("/a/1"), r#""x\n""#);
        assert_eq!(slice("/b/c"), "null");
        assert_eq!(root.pointed("/a/1").unwrap().as_str(), Some("x\n"));
    }

    #[test]
    fn a_mistake_is_reported_where_it_stands() {
        assert_eq!(failure(r#"{"a": [1,]}"#), (9, "/a".into(), Problem::TrailingComma));
        assert_eq!(failure(r#"{"a": 1,}"#), (8, String::new(), Problem::TrailingComma));
        assert_eq!(failure(r#"{"a" 1}"#), (5, "/a".into(), Problem::ExpectedColon));
        assert_eq!(failure(r#"{"a": [1 2]}"#), (9, "/a".into(), Problem::ExpectedCommaOrEnd));
        assert_eq!(failure(r#"{"a": "x"#), (6, "/a".into(), Problem::UnterminatedString));
        assert_eq!(failure("{\"a\": \"x\n\"}"), (6, "/a".into(), Problem::UnterminatedString));
        assert_eq!(failure(r#"{"a": "\q"}"#), (7, "/a".into(), Problem::BadEscape));
        assert_eq!(failure(r#"{"a": "\ud800"}"#), (7, "/a".into(), Problem::LoneSurrogate));
        assert_eq!(failure(r#"{"a": {"b/c": tru}}"#), (14, "/a/b~1c".into(), Problem::ExpectedValue));
        assert_eq!(failure("{} x"), (3, String::new(), Problem::TrailingText));
        assert_eq!(failure(r#"{"a": 01}"#), (7, "/a".into(), Problem::BadNumber));
        assert_eq!(failure(""), (0, String::new(), Problem::UnexpectedEnd));
        assert_eq!(failure("{\"a\": \"\u{1}\"}"), (7, "/a".into(), Problem::ControlCharacter));
    }

    #[test]
    fn nesting_is_limited_and_large_input_is_refused() {
        let deep = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
        assert!(parse(&deep).is_ok());
        let deeper = "[".repeat(100_000);
        assert_eq!(parse(&deeper).unwrap_err().problem, Problem::TooDeep);
        let long = format!("\"{}\"", "x".repeat(MAX_BYTES));
        assert_eq!(parse(&long).unwrap_err().problem, Problem::TooLong);
    }

    #[test]
    fn repeated_names_are_marked() {
        let root = parse(r#"{"a":1,"b":2,"a":3}"#).unwrap();
        let repeated: Vec<bool> = root.as_object().unwrap().iter().map(|member| member.repeated).collect();
        assert_eq!(repeated, [false, false, true]);
    }

    #[test]
    fn surrogate_pairs_and_escapes_decode() {
        let root = parse(r#""\u00e9\ud83d\ude00\/\\""#).unwrap();
        assert_eq!(root.as_str(), Some("é😀/\\"));
    }
}
