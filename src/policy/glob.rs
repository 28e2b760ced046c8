//! Wildcards, matched in linear time.
//!
//! `*` stands for any run of characters, the empty one included, and `?` for exactly one. A [`Glob`] is prepared once and then
//! matches without allocating. The pieces between stars are found one after the other: text with the standard library's two-way
//! search, and a piece with `?` in it with a bit-parallel automaton, which takes one step per character and 64 tokens of the piece.
//! Only a star that may not cross a colon needs the automaton of a whole pattern.

/// One element of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token {
    /// This character.
    Char(char),
    /// Any one character.
    One,
    /// Any run of characters.
    Star,
    /// Any one character but a colon.
    OneInSegment,
    /// Any run of characters without a colon.
    StarInSegment,
}

/// A prepared pattern.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Glob {
    /// Everything matches.
    Any,
    /// No wildcard.
    Exact(Box<str>),
    /// `prefix*middle*…*suffix`.
    Pieces { prefix: Piece, middle: Box<[Piece]>, suffix: Piece },
    /// No star, but other wildcards.
    Fixed(Box<[Token]>),
    /// With a star that may not cross a colon.
    Automaton(Box<Automaton>),
}

/// A part of a pattern without stars.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Piece {
    Text(Box<str>),
    /// With `?` in it, and the automaton that finds it.
    Fuzzy {
        tokens: Box<[Token]>,
        finder: Box<Automaton>,
    },
}

impl Glob {
    /// Prepares a pattern of tokens.
    pub(crate) fn from_tokens(tokens: &[Token]) -> Glob {
        if tokens.contains(&Token::StarInSegment) {
            return Glob::Automaton(Box::new(Automaton::new(tokens)));
        }
        let mut runs: Vec<&[Token]> = tokens.split(|token| *token == Token::Star).collect();
        let last = runs.pop().unwrap_or_default();
        if runs.is_empty() {
            return text_of(last).map_or_else(|| Glob::Fixed(last.into()), Glob::Exact);
        }
        let first = runs.remove(0);
        runs.retain(|run| !run.is_empty());
        if first.is_empty() && runs.is_empty() && last.is_empty() {
            return Glob::Any;
        }
        Glob::Pieces {
            prefix: Piece::new(first),
            middle: runs.into_iter().map(Piece::new).collect(),
            suffix: Piece::new(last),
        }
    }

    /// Whether the whole text matches.
    pub(crate) fn matches(&self, text: &str) -> bool {
        match self {
            Glob::Any => true,
            Glob::Exact(exact) => **exact == *text,
            Glob::Fixed(tokens) => strip_start(text, tokens) == Some(""),
            Glob::Pieces { prefix, middle, suffix } => {
                let Some(rest) = prefix.strip_start(text) else { return false };
                let Some(mut rest) = suffix.strip_end(rest) else { return false };
                // The first occurrence of each piece is enough, since a later one only leaves less for the rest.
                for piece in middle {
                    match piece.find_end(rest) {
                        Some(end) => rest = &rest[end..],
                        None => return false,
                    }
                }
                true
            }
            Glob::Automaton(automaton) => automaton.matches(text),
        }
    }
}

impl Glob {
    /// The tokens that it was prepared from, stars that follow stars left out.
    pub(crate) fn tokens(&self) -> Vec<Token> {
        match self {
            Glob::Any => vec![Token::Star],
            Glob::Exact(text) => text.chars().map(Token::Char).collect(),
            Glob::Pieces { prefix, middle, suffix } => {
                let mut tokens = prefix.tokens();
                for piece in middle {
                    tokens.push(Token::Star);
                    tokens.extend(piece.tokens());
                }
                tokens.push(Token::Star);
                tokens.extend(suffix.tokens());
                tokens
            }
            Glob::Fixed(tokens) => tokens.to_vec(),
            Glob::Automaton(automaton) => automaton.tokens.to_vec(),
        }
    }
}

impl Piece {
    fn tokens(&self) -> Vec<Token> {
        match self {
            Piece::Text(text) => text.chars().map(Token::Char).collect(),
            Piece::Fuzzy { tokens, .. } => tokens.to_vec(),
        }
    }

    fn new(tokens: &[Token]) -> Piece {
        match text_of(tokens) {
            Some(text) => Piece::Text(text),
            None => {
                let anywhere: Vec<Token> = std::iter::once(Token::Star).chain(tokens.iter().copied()).collect();
                Piece::Fuzzy { tokens: tokens.into(), finder: Box::new(Automaton::new(&anywhere)) }
            }
        }
    }

    fn strip_start<'a>(&self, text: &'a str) -> Option<&'a str> {
        match self {
            Piece::Text(piece) => text.strip_prefix(&**piece),
            Piece::Fuzzy { tokens, .. } => strip_start(text, tokens),
        }
    }

    fn strip_end<'a>(&self, text: &'a str) -> Option<&'a str> {
        match self {
            Piece::Text(piece) => text.strip_suffix(&**piece),
            Piece::Fuzzy { tokens, .. } => {
                let mut chars = text.chars();
                let fits = tokens.iter().rev().all(|token| chars.next_back().is_some_and(|c| token.accepts(c)));
                fits.then_some(chars.as_str())
            }
        }
    }

    /// Where the first occurrence ends.
    fn find_end(&self, text: &str) -> Option<usize> {
        match self {
            Piece::Text(piece) => text.find(&**piece).map(|at| at + piece.len()),
            Piece::Fuzzy { finder, .. } => finder.first_end(text),
        }
    }
}

impl Token {
    /// Whether a token that stands for one character accepts this one.
    pub(crate) fn accepts(self, c: char) -> bool {
        match self {
            Token::Char(own) => own == c,
            Token::OneInSegment => c != ':',
            _ => true,
        }
    }
}

fn strip_start<'a>(text: &'a str, tokens: &[Token]) -> Option<&'a str> {
    let mut chars = text.chars();
    let fits = tokens.iter().all(|token| chars.next().is_some_and(|c| token.accepts(c)));
    fits.then_some(chars.as_str())
}

/// The text of tokens that are nothing but characters.
fn text_of(tokens: &[Token]) -> Option<Box<str>> {
    let text: Option<String> =
        tokens.iter().map(|token| if let Token::Char(c) = token { Some(*c) } else { None }).collect();
    text.map(Into::into)
}

/// The token of a character in a pattern without segments.
pub(crate) fn plain_token(c: char) -> Token {
    match c {
        '*' => Token::Star,
        '?' => Token::One,
        c => Token::Char(c),
    }
}

/// The automaton of a pattern, its states as bits: state *i* means that *i* tokens that are not stars have been read; a star
/// is a loop on its state.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Automaton {
    tokens: Box<[Token]>,
    words: usize,
    accept: usize,
    /// Loops that any character may take, and those that a colon may not.
    loops: Box<[u64]>,
    segment_loops: Box<[u64]>,
    /// The characters that the pattern names, sorted, with the states that each leaves.
    named: Box<[(char, Box<[u64]>)]>,
    /// The states that any other character leaves.
    other: Box<[u64]>,
}

/// Automata of up to this many words run on the stack.
const INLINE_WORDS: usize = 8;

impl Automaton {
    fn new(tokens: &[Token]) -> Automaton {
        let steps = tokens.iter().filter(|token| !matches!(token, Token::Star | Token::StarInSegment)).count();
        let words = steps / 64 + 1;
        let zero = || vec![0u64; words].into_boxed_slice();
        let (mut loops, mut segment_loops, mut other) = (zero(), zero(), zero());
        let mut chars: Vec<char> =
            tokens.iter().filter_map(|token| if let Token::Char(c) = token { Some(*c) } else { None }).collect();
        chars.push(':');
        chars.sort_unstable();
        chars.dedup();
        let mut named: Vec<(char, Box<[u64]>)> = chars.into_iter().map(|c| (c, zero())).collect();
        let mut state = 0;
        for token in tokens {
            let (word, bit) = (state / 64, 1u64 << (state % 64));
            match token {
                Token::Star => loops[word] |= bit,
                Token::StarInSegment => segment_loops[word] |= bit,
                Token::Char(c) => {
                    if let Ok(at) = named.binary_search_by(|(other, _)| other.cmp(c)) {
                        named[at].1[word] |= bit;
                    }
                    state += 1;
                }
                Token::One | Token::OneInSegment => {
                    other[word] |= bit;
                    for (c, mask) in &mut named {
                        if *c != ':' || *token == Token::One {
                            mask[word] |= bit;
                        }
                    }
                    state += 1;
                }
            }
        }
        Automaton { tokens: tokens.into(), words, accept: steps, loops, segment_loops, named: named.into(), other }
    }

    /// Whether the whole text matches.
    fn matches(&self, text: &str) -> bool {
        self.run(text, false).is_some()
    }

    /// Where the shortest beginning of the text ends that matches.
    fn first_end(&self, text: &str) -> Option<usize> {
        self.run(text, true)
    }

    fn run(&self, text: &str, first: bool) -> Option<usize> {
        if self.words <= INLINE_WORDS {
            let mut states = [0u64; INLINE_WORDS];
            self.run_on(text, first, &mut states[..self.words])
        } else {
            self.run_on(text, first, &mut vec![0u64; self.words])
        }
    }

    fn run_on(&self, text: &str, first: bool, states: &mut [u64]) -> Option<usize> {
        let accepted = |states: &[u64]| states[self.accept / 64] >> (self.accept % 64) & 1 == 1;
        states[0] = 1;
        for (at, c) in text.char_indices() {
            let leaving = match self.named.binary_search_by(|(other, _)| other.cmp(&c)) {
                Ok(at) => &self.named[at].1,
                Err(_) => &self.other,
            };
            let (mut carry, mut alive) = (0, 0);
            for (word, state) in states.iter_mut().enumerate() {
                let moved = *state & leaving[word];
                let mut staying = *state & self.loops[word];
                if c != ':' {
                    staying |= *state & self.segment_loops[word];
                }
                *state = (moved << 1) | carry | staying;
                carry = moved >> 63;
                alive |= *state;
            }
            if alive == 0 {
                return None;
            }
            if first && accepted(states) {
                return Some(at + c.len_utf8());
            }
        }
        (!first && accepted(states)).then_some(text.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A pattern in which `*` and `?` are wildcards that cross everything.
    fn glob(pattern: &str) -> Glob {
        let tokens: Vec<Token> = pattern.chars().map(plain_token).collect();
        Glob::from_tokens(&tokens)
    }

    /// The definition, slow: a token list matches a text if some way of reading does.
    fn reference(tokens: &[Token], text: &[char]) -> bool {
        // reachable[j]: the tokens read so far can have read j characters.
        let mut reachable = vec![false; text.len() + 1];
        reachable[0] = true;
        for token in tokens {
            let mut next = vec![false; text.len() + 1];
            for from in (0..=text.len()).filter(|&from| reachable[from]) {
                match token {
                    Token::Star | Token::StarInSegment => {
                        next[from] = true;
                        for to in from..text.len() {
                            if *token == Token::StarInSegment && text[to] == ':' {
                                break;
                            }
                            next[to + 1] = true;
                        }
                    }
                    Token::Char(c) if text.get(from) == Some(c) => next[from + 1] = true,
                    Token::One if from < text.len() => next[from + 1] = true,
                    Token::OneInSegment if text.get(from).is_some_and(|&c| c != ':') => next[from + 1] = true,
                    _ => {}
                }
            }
            reachable = next;
        }
        reachable[text.len()]
    }

    #[test]
    fn stars_and_question_marks_match_whole_texts() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("*", "anything", true),
            ("a*", "abc", true),
            ("a*", "ba", false),
            ("*c", "abc", true),
            ("a*c", "ac", true),
            ("a*c", "abcd", false),
            ("ab*bc", "abc", false),
            ("*ab*ab*", "aab", false),
            ("*ab*ab*", "abab", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "aéc", true),
            ("??", "é", false),
            ("*?", "", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(glob(pattern).matches(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn long_automata_work_beyond_one_word() {
        let pattern = format!("*{}?b*", "a".repeat(700));
        assert!(glob(&pattern).matches(&format!("x{}cb", "a".repeat(700))));
        assert!(!glob(&pattern).matches(&format!("x{}cb", "a".repeat(699))));
    }

    fn any_token() -> impl Strategy<Value = Token> {
        prop_oneof![
            Just(Token::Char('a')),
            Just(Token::Char('b')),
            Just(Token::Char(':')),
            Just(Token::Char('é')),
            Just(Token::One),
            Just(Token::Star),
            Just(Token::OneInSegment),
            Just(Token::StarInSegment),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn agrees_with_the_slow_reference(tokens in prop::collection::vec(any_token(), 0..10), text in "[ab:é]{0,12}") {
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(Glob::from_tokens(&tokens).matches(&text), reference(&tokens, &chars));
        }

        #[test]
        fn a_glob_remembers_its_tokens(tokens in prop::collection::vec(any_token(), 0..10), text in "[ab:é]{0,12}") {
            let glob = Glob::from_tokens(&tokens);
            prop_assert_eq!(Glob::from_tokens(&glob.tokens()).matches(&text), glob.matches(&text));
        }

        #[test]
        fn plain_patterns_agree_with_the_slow_reference(pattern in "[ab*?]{0,10}", text in "[ab]{0,14}") {
            let tokens: Vec<Token> = pattern.chars().map(plain_token).collect();
            let chars: Vec<char> = text.chars().collect();
            prop_assert_eq!(glob(&pattern).matches(&text), reference(&tokens, &chars));
        }
    }
}
