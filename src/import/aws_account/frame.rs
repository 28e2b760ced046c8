//! Finding where a JSON value ends, without reading what it says.

/// The deepest nesting accepted, counted from the entry. AWS's own documents stay below 16.
pub const MAX_DEPTH: u32 = 64;

/// What the bytes fed so far amount to.
pub(super) enum Step {
    /// The value goes on.
    More,
    /// The value ended after this many of the bytes fed.
    Done(usize),
    /// No value can go on after this many of the bytes fed.
    Stuck(usize, Stuck),
}

/// Why a value cannot go on.
pub(super) enum Stuck {
    /// No value begins here.
    NoValue,
    /// A bracket closes that did not open.
    Bracket,
    /// One level too deep.
    Depth,
}

#[derive(Default)]
enum Mode {
    /// Nothing fed yet.
    #[default]
    Before,
    /// Inside a list or object, outside its strings.
    Outside,
    String,
    /// After a backslash.
    Escape,
    /// In a number, `true`, `false` or `null` that stands alone.
    Scalar,
}

/// Follows one value over any number of pieces. The bracket stack is a bit per level: no memory grows with the input.
#[derive(Default)]
pub(super) struct Framer {
    mode: Mode,
    depth: u32,
    /// The innermost bracket in the lowest bit: 1 an object, 0 a list.
    brackets: u64,
}

impl Framer {
    /// Whether only more bytes, or their end, can tell where the value ends.
    pub fn is_scalar(&self) -> bool {
        matches!(self.mode, Mode::Scalar)
    }

    pub fn feed(&mut self, bytes: &[u8]) -> Step {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match self.mode {
                Mode::Before => match byte {
                    b'{' | b'[' => self.open(byte),
                    b'"' => self.mode = Mode::String,
                    b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => self.mode = Mode::Scalar,
                    _ => return Step::Stuck(at, Stuck::NoValue),
                },
                Mode::Outside => match byte {
                    b'"' => self.mode = Mode::String,
                    b'{' | b'[' if self.depth == MAX_DEPTH => return Step::Stuck(at, Stuck::Depth),
                    b'{' | b'[' => self.open(byte),
                    b'}' | b']' if (self.brackets & 1 == 1) != (byte == b'}') => {
                        return Step::Stuck(at, Stuck::Bracket);
                    }
                    b'}' | b']' => {
                        self.depth -= 1;
                        self.brackets >>= 1;
                        if self.depth == 0 {
                            return Step::Done(at + 1);
                        }
                    }
                    _ => {}
                },
                Mode::String => match bytes[at..].iter().position(|byte| matches!(byte, b'"' | b'\\')) {
                    None => return Step::More,
                    Some(skipped) => {
                        at += skipped;
                        if bytes[at] == b'\\' {
                            self.mode = Mode::Escape;
                        } else if self.depth == 0 {
                            return Step::Done(at + 1);
                        } else {
                            self.mode = Mode::Outside;
                        }
                    }
                },
                Mode::Escape => self.mode = Mode::String,
                Mode::Scalar => {
                    if matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b']' | b'}') {
                        return Step::Done(at);
                    }
                }
            }
            at += 1;
        }
        Step::More
    }

    fn open(&mut self, bracket: u8) {
        self.mode = Mode::Outside;
        self.depth += 1;
        self.brackets = self.brackets << 1 | u64::from(bracket == b'{');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `text` in pieces of `size` bytes and gives how many bytes the first value takes.
    fn length_of(text: &str, size: usize) -> Option<usize> {
        let mut framer = Framer::default();
        let mut before = 0;
        for piece in text.as_bytes().chunks(size) {
            match framer.feed(piece) {
                Step::More => before += piece.len(),
                Step::Done(taken) => return Some(before + taken),
                Step::Stuck(..) => return None,
            }
        }
        framer.is_scalar().then_some(before)
    }

    #[test]
    fn a_value_ends_at_the_same_byte_however_it_is_cut() {
        let cases = [
            (r#"{"a":"}\"]","b":[1,{}]},"#, Some(23)),
            (r#""a\\",1"#, Some(5)),
            ("[[],[]]]", Some(7)),
            ("true]", Some(4)),
            ("-1.5e3", Some(6)),
            ("[}", None),
            ("]", None),
            (r#"{"a":"b"#, None),
        ];
        for (text, length) in cases {
            for size in 1..=text.len() {
                assert_eq!(length_of(text, size), length, "{text} in pieces of {size}");
            }
        }
    }

    #[test]
    fn nesting_ends_at_the_limit() {
        let limit = MAX_DEPTH as usize;
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert_eq!(length_of(&nested(limit), 7), Some(2 * limit));
        assert_eq!(length_of(&nested(limit + 1), 7), None);
    }
}
