//! Comparing patterns as sets of texts: is one within the other, have two anything in common.
//!
//! Both questions are answered exactly by walking the patterns' automata together, one character class at a time. Inclusion can need
//! exponentially many steps for contrived patterns, so a budget bounds all comparisons of one question; when it is used up the answer
//! is the cautious one.

use std::collections::HashSet;

use crate::policy::glob::Token;

/// How many steps comparisons may still take.
#[derive(Debug)]
pub(crate) struct Budget {
    steps: usize,
}

impl Budget {
    pub(crate) fn new(steps: usize) -> Budget {
        Budget { steps }
    }

    pub(crate) fn is_used_up(&self) -> bool {
        self.steps == 0
    }

    pub(crate) fn spend(&mut self, steps: usize) -> bool {
        self.steps = self.steps.saturating_sub(steps);
        self.steps > 0
    }
}

/// A pattern as an automaton: state *i* means that *i* single tokens have been read; a star is a loop on its state.
struct Shape {
    singles: Vec<Token>,
    loops: Vec<Option<Token>>,
}

impl Shape {
    fn new(tokens: &[Token]) -> Shape {
        let mut shape = Shape { singles: Vec::new(), loops: vec![None] };
        for token in tokens {
            match token {
                Token::Star | Token::StarInSegment => {
                    if let Some(at) = shape.loops.last_mut().filter(|at| **at != Some(Token::Star)) {
                        *at = Some(*token);
                    }
                }
                single => {
                    shape.singles.push(*single);
                    shape.loops.push(None);
                }
            }
        }
        shape
    }

    fn end(&self) -> usize {
        self.singles.len()
    }

    fn stays(&self, state: usize, c: char) -> bool {
        match self.loops[state] {
            Some(Token::Star) => true,
            Some(_) => c != ':' && !VARIABLES.contains(&c),
            None => false,
        }
    }

    fn moves(&self, state: usize, c: char) -> bool {
        self.singles.get(state).is_some_and(|token| match token {
            Token::Char(own) => *own == c,
            single => single.accepts(c) && !VARIABLES.contains(&c),
        })
    }

    fn takes_everything(&self, state: usize) -> bool {
        state == self.end() && self.loops[state] == Some(Token::Star)
    }
}

/// Characters that stand for the value of a variable when patterns are compared: the same text wherever they occur, of any length and
/// with anything in it, so that only themselves and unbounded stars surely match them.
pub(crate) const VARIABLES: std::ops::RangeInclusive<char> = '\u{f0000}'..='\u{ffffd}';

/// The characters that tell the patterns apart: those they name, the colon, and one that neither names.
fn alphabet(left: &Shape, right: &Shape) -> Vec<char> {
    let named = left
        .singles
        .iter()
        .chain(&right.singles)
        .filter_map(|token| if let Token::Char(c) = token { Some(*c) } else { None });
    let mut chars: Vec<char> = named.chain([':']).collect();
    chars.sort_unstable();
    chars.dedup();
    let fresh = ('\u{e000}'..='\u{f8ff}').find(|c| chars.binary_search(c).is_err());
    chars.extend(fresh);
    chars
}

/// Whether the patterns begin with different characters, so that no text matches both. Most comparisons end here.
fn beginnings_differ(left: &[Token], right: &[Token]) -> bool {
    let pairs = left.iter().zip(right).map_while(|pair| match pair {
        (Token::Char(left), Token::Char(right)) => Some((left, right)),
        _ => None,
    });
    pairs.into_iter().any(|(left, right)| left != right)
}

/// Whether every text that `inner` matches is matched by `outer`; `false` if the budget does not suffice to tell.
pub(crate) fn includes(outer: &[Token], inner: &[Token], budget: &mut Budget) -> bool {
    if !budget.spend(1) || beginnings_differ(outer, inner) {
        return false;
    }
    if outer == inner {
        return true;
    }
    let (outer, inner) = (Shape::new(outer), Shape::new(inner));
    if outer.takes_everything(0) {
        return true;
    }
    let alphabet = alphabet(&outer, &inner);
    let words = outer.end() / 64 + 1;
    let mut start = vec![0u64; words];
    start[0] = 1;
    let mut seen = HashSet::new();
    let mut open = vec![(0usize, start)];
    while let Some((state, reached)) = open.pop() {
        let ends = |states: &[u64], state: usize| states[state / 64] >> (state % 64) & 1 == 1;
        if state == inner.end() && !ends(&reached, outer.end()) {
            return false;
        }
        if ends(&reached, outer.end()) && outer.takes_everything(outer.end()) {
            continue;
        }
        if !budget.spend(alphabet.len() * words + 20) {
            return false;
        }
        for &c in &alphabet {
            let (stays, moves) = (inner.stays(state, c), inner.moves(state, c));
            if !stays && !moves {
                continue;
            }
            let mut next = vec![0u64; words];
            for (word, bits) in reached.iter().enumerate() {
                let mut bits = *bits;
                while bits != 0 {
                    let from = word * 64 + bits.trailing_zeros() as usize;
                    bits &= bits - 1;
                    if outer.stays(from, c) {
                        next[from / 64] |= 1 << (from % 64);
                    }
                    if outer.moves(from, c) {
                        next[(from + 1) / 64] |= 1 << ((from + 1) % 64);
                    }
                }
            }
            for to in [stays.then_some(state), moves.then_some(state + 1)].into_iter().flatten() {
                let pair = (to, next.clone());
                if seen.insert(pair.clone()) {
                    open.push(pair);
                }
            }
        }
    }
    true
}

/// Whether no text is matched by both, whatever the variables are; `false` if the budget does not suffice to tell.
pub(crate) fn are_disjoint(left: &[Token], right: &[Token], budget: &mut Budget) -> bool {
    if !budget.spend(1) {
        return false;
    }
    // The value of a variable may be anything.
    let open = |token: &Token| match token {
        Token::Char(c) if VARIABLES.contains(c) => Token::Star,
        token => *token,
    };
    let (left, right): (Vec<Token>, Vec<Token>) = (left.iter().map(open).collect(), right.iter().map(open).collect());
    if beginnings_differ(&left, &right) {
        return true;
    }
    let (left, right) = (Shape::new(&left), Shape::new(&right));
    let alphabet = alphabet(&left, &right);
    let mut seen = HashSet::new();
    let mut open = vec![(0usize, 0usize)];
    while let Some((a, b)) = open.pop() {
        if a == left.end() && b == right.end() {
            return false;
        }
        if !budget.spend(alphabet.len()) {
            return false;
        }
        for &c in &alphabet {
            let next_a = [left.stays(a, c).then_some(a), left.moves(a, c).then_some(a + 1)];
            for a in next_a.into_iter().flatten() {
                let next_b = [right.stays(b, c).then_some(b), right.moves(b, c).then_some(b + 1)];
                for b in next_b.into_iter().flatten() {
                    if seen.insert((a, b)) {
                        open.push((a, b));
                    }
                }
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::glob::{Glob, plain_token};
    use proptest::prelude::*;

    fn tokens(pattern: &str) -> Vec<Token> {
        pattern.chars().map(plain_token).collect()
    }

    fn inside(inner: &str, outer: &str) -> bool {
        includes(&tokens(outer), &tokens(inner), &mut Budget::new(1_000_000))
    }

    #[test]
    fn inclusion_is_exact() {
        for (inner, outer, expected) in [
            ("iam:get*", "iam:*", true),
            ("iam:*", "iam:get*", false),
            ("iam:getuser", "iam:get*", true),
            ("*", "iam:*", false),
            ("iam:*", "*", true),
            ("?*", "*?", true),
            ("*?", "?*", true),
            ("**", "*", true),
            ("a?c", "a*c", true),
            ("a*c", "a?c", false),
            ("a*b*", "a*", true),
            ("*a*", "*b*", false),
            ("", "*", true),
            ("a", "?", true),
            ("*", "?*", false),
        ] {
            assert_eq!(inside(inner, outer), expected, "{inner} in {outer}");
        }
        assert!(inside("home/\u{f0000}/x", "home/*"));
        assert!(inside("home/\u{f0000}/*", "home/\u{f0000}*"));
        assert!(!inside("home/\u{f0000}", "home/?"));
        assert!(!inside("home/\u{f0000}", "home/\u{f0001}"));
        assert!(!are_disjoint(&tokens("a\u{f0000}"), &tokens("ab"), &mut Budget::new(1000)));
        let in_segment = [Token::Char('a'), Token::StarInSegment, Token::Char('b')];
        assert!(includes(&tokens("a*b"), &in_segment, &mut Budget::new(1000)));
        assert!(!includes(&in_segment, &tokens("a*b"), &mut Budget::new(1000)));
    }

    #[test]
    fn an_empty_budget_answers_cautiously() {
        assert!(!includes(&tokens("a*b"), &tokens("a*b"), &mut Budget::new(0)));
        assert!(!are_disjoint(&tokens("a"), &tokens("b"), &mut Budget::new(0)));
    }

    fn any_tokens() -> impl Strategy<Value = Vec<Token>> {
        let token = prop_oneof![
            3 => Just(Token::Char('a')),
            2 => Just(Token::Char('b')),
            1 => Just(Token::Char(':')),
            1 => Just(Token::One),
            3 => Just(Token::Star),
            1 => Just(Token::OneInSegment),
            1 => Just(Token::StarInSegment),
        ];
        prop::collection::vec(token, 0..7)
    }

    /// All texts over a small alphabet up to a length.
    fn texts(length: usize) -> Vec<String> {
        let mut all = vec![String::new()];
        let mut last = all.clone();
        for _ in 0..length {
            last = last.iter().flat_map(|text| ["a", "b", ":", "z"].map(|c| format!("{text}{c}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn comparisons_agree_with_matching(left in any_tokens(), right in any_tokens()) {
            let (a, b) = (Glob::from_tokens(&left), Glob::from_tokens(&right));
            let (included, disjoint) =
                (includes(&right, &left, &mut Budget::new(1 << 20)), are_disjoint(&left, &right, &mut Budget::new(1 << 20)));
            let (mut counterexample, mut common) = (false, false);
            for text in texts(5) {
                let (in_a, in_b) = (a.matches(&text), b.matches(&text));
                counterexample |= in_a && !in_b;
                common |= in_a && in_b;
            }
            prop_assert!(!(included && counterexample), "{left:?} is not within {right:?}");
            prop_assert!(!(disjoint && common), "{left:?} meets {right:?}");
            // Up to five characters suffice to find most counterexamples, but a pattern of six tokens may need more.
            let single = |tokens: &[Token]| tokens.iter().filter(|token| !matches!(token, Token::Star | Token::StarInSegment)).count();
            if single(&left) + single(&right) <= 4 {
                prop_assert!(included || counterexample, "{left:?} is within {right:?}");
                prop_assert!(disjoint || common, "{left:?} does not meet {right:?}");
            }
        }
    }
}
