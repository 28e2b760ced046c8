//! Patterns as they stand in policies: text, wildcards and variables.
//!
//! Sources: AWS IAM User Guide, *IAM policy elements: Variables and tags* and *IAM JSON policy elements: Resource*.

use crate::policy::context::{Context, ContextKey, Presence};
use crate::policy::glob::{Glob, Token, plain_token};
use crate::policy::truth::Truth;

/// A prepared pattern.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pattern {
    /// Without variables.
    Fixed(Glob),
    /// With variables, filled in at each request.
    Template(Template),
}

/// What `*` and `?` mean in a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wildcards {
    /// Themselves.
    Literal,
    /// Any run of characters and any one character.
    Everywhere,
    /// As in a `Resource`: within the first five segments of an ARN they do not cross a colon, but a star that ends its segment
    /// may run over what follows; in the last part they cross everything.
    Segments,
}

/// Text with variables in it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Template {
    pieces: Box<[Piece]>,
    /// Whether only text, variables and unbounded stars occur, which match without building a pattern first.
    simple: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(Box<str>),
    Wild(Token),
    Variable { key: ContextKey, default: Option<Box<str>> },
}

/// Why a pattern cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PatternProblem {
    /// `${` without `}`.
    Unclosed,
    /// `${}` or something in it that is neither a key nor a key and a quoted default.
    BadVariable,
    /// A variable before the fifth colon of an ARN in `Resource`, where AWS does not fill it in.
    VariableInArnHead,
}

/// A variable that has no value.
struct Unresolved;

impl Pattern {
    /// Prepares a pattern. `variables` tells whether `${…}` is special: it is from version 2012-10-17 on.
    pub(crate) fn new(text: &str, wildcards: Wildcards, variables: bool) -> Result<Pattern, PatternProblem> {
        let pieces = split(text, wildcards, variables)?;
        if pieces.iter().any(|piece| matches!(piece, Piece::Variable { .. })) {
            let simple = pieces.iter().all(|piece| !matches!(piece, Piece::Wild(token) if *token != Token::Star));
            return Ok(Pattern::Template(Template { pieces: pieces.into(), simple }));
        }
        let mut tokens = Vec::with_capacity(text.len());
        for piece in &pieces {
            match piece {
                Piece::Text(text) => tokens.extend(text.chars().map(Token::Char)),
                Piece::Wild(token) => tokens.push(*token),
                Piece::Variable { .. } => {}
            }
        }
        Ok(Pattern::Fixed(Glob::from_tokens(&tokens)))
    }

    /// Whether a text matches; `dropped` if a variable has no value, so that there is nothing to match.
    pub(crate) fn matches(&self, text: &str, context: &Context, dropped: Truth) -> Truth {
        match self {
            Pattern::Fixed(glob) => glob.matches(text).into(),
            Pattern::Template(template) => template.matches(text, context, dropped),
        }
    }

    /// Its tokens, a variable counting as any run of characters; and whether it has a variable.
    pub(crate) fn widest_tokens(&self) -> (Vec<Token>, bool) {
        match self {
            Pattern::Fixed(glob) => (glob.tokens(), false),
            Pattern::Template(template) => {
                let mut tokens = Vec::new();
                for piece in &template.pieces {
                    match piece {
                        Piece::Text(text) => tokens.extend(text.chars().map(Token::Char)),
                        Piece::Wild(token) => tokens.push(*token),
                        Piece::Variable { .. } => tokens.push(Token::Star),
                    }
                }
                (tokens, true)
            }
        }
    }

    /// Its tokens, each variable as the character that the function gives for its name and default.
    pub(crate) fn tokens_with(&self, mut symbol: impl FnMut(&str, Option<&str>) -> char) -> Vec<Token> {
        match self {
            Pattern::Fixed(glob) => glob.tokens(),
            Pattern::Template(template) => {
                let mut tokens = Vec::new();
                for piece in &template.pieces {
                    match piece {
                        Piece::Text(text) => tokens.extend(text.chars().map(Token::Char)),
                        Piece::Wild(token) => tokens.push(*token),
                        Piece::Variable { key, default } => {
                            tokens.push(Token::Char(symbol(&key.name, default.as_deref())))
                        }
                    }
                }
                tokens
            }
        }
    }

    /// What the function says of the pattern's text, its variables filled in; a variable without a value matches nothing.
    pub(crate) fn with_text(&self, context: &Context, compare: impl Fn(&str) -> bool) -> Truth {
        match self {
            Pattern::Fixed(Glob::Exact(text)) => compare(text).into(),
            Pattern::Fixed(_) => Truth::Broken,
            Pattern::Template(template) => {
                let mut text = String::new();
                for piece in &template.pieces {
                    match piece {
                        Piece::Text(piece) => text.push_str(piece),
                        Piece::Wild(_) => return Truth::Broken,
                        Piece::Variable { key, default } => match value_of(key, default.as_deref(), context) {
                            Ok(Some(value)) => text.push_str(value),
                            Ok(None) => return Truth::Unknown,
                            Err(Unresolved) => return Truth::No,
                        },
                    }
                }
                compare(&text).into()
            }
        }
    }
}

/// The value of a variable: `Ok(None)` if the context does not know it.
fn value_of<'a>(
    key: &ContextKey,
    default: Option<&'a str>,
    context: &'a Context,
) -> Result<Option<&'a str>, Unresolved> {
    match (context.look_up(key), default) {
        (Presence::Unknown, _) => Ok(None),
        (Presence::Known([value]), _) => Ok(Some(value)),
        // A key with several values cannot stand for one text.
        (_, Some(default)) => Ok(Some(default)),
        _ => Err(Unresolved),
    }
}

impl Template {
    fn matches(&self, text: &str, context: &Context, dropped: Truth) -> Truth {
        let (mut unknown, mut may_drop) = (false, false);
        for piece in &self.pieces {
            if let Piece::Variable { key, default } = piece {
                match value_of(key, default.as_deref(), context) {
                    Ok(Some(_)) => {}
                    Ok(None) => (unknown, may_drop) = (true, may_drop || default.is_none()),
                    Err(Unresolved) => return dropped,
                }
            }
        }
        if unknown {
            let open = self.may_match(text, context) || (may_drop && dropped != Truth::No);
            return if open { Truth::Unknown } else { Truth::No };
        }
        if !self.simple {
            return Glob::from_tokens(&self.tokens(context, false)).matches(text).into();
        }
        self.matches_simple(text, context).into()
    }

    /// Whether the text would match if each unknown variable could be anything.
    fn may_match(&self, text: &str, context: &Context) -> bool {
        Glob::from_tokens(&self.tokens(context, true)).matches(text)
    }

    fn tokens(&self, context: &Context, unknown_is_star: bool) -> Vec<Token> {
        let mut tokens = Vec::new();
        for piece in &self.pieces {
            match self.text_of(piece, context) {
                Some(text) => tokens.extend(text.chars().map(Token::Char)),
                None => match piece {
                    Piece::Wild(token) => tokens.push(*token),
                    _ if unknown_is_star => tokens.push(Token::Star),
                    _ => {}
                },
            }
        }
        tokens
    }

    fn text_of<'a>(&'a self, piece: &'a Piece, context: &'a Context) -> Option<&'a str> {
        match piece {
            Piece::Text(text) => Some(text),
            Piece::Wild(_) => None,
            Piece::Variable { key, default } => value_of(key, default.as_deref(), context).ok().flatten(),
        }
    }

    /// Matches pieces of text between unbounded stars. Only a variable between two stars needs a buffer.
    fn matches_simple(&self, text: &str, context: &Context) -> bool {
        let is_star = |piece: &Piece| matches!(piece, Piece::Wild(_));
        let Some(first) = self.pieces.iter().position(is_star) else {
            return strip_start(text, self.pieces.iter().filter_map(|piece| self.text_of(piece, context))) == Some("");
        };
        let last = self.pieces.iter().rposition(is_star).unwrap_or(first);
        let head = self.pieces[..first].iter().filter_map(|piece| self.text_of(piece, context));
        let Some(mut rest) = strip_start(text, head) else { return false };
        for piece in self.pieces[last + 1..].iter().rev() {
            match self.text_of(piece, context).map_or(Some(rest), |end| rest.strip_suffix(end)) {
                Some(left) => rest = left,
                None => return false,
            }
        }
        for run in self.pieces[first..last].split(is_star) {
            let found = match run {
                [] => continue,
                [piece] => self.text_of(piece, context).map(|text| (rest.find(text), text.len())),
                run => {
                    let joined: String = run.iter().filter_map(|piece| self.text_of(piece, context)).collect();
                    Some((rest.find(&joined), joined.len()))
                }
            };
            match found {
                Some((Some(at), length)) => rest = &rest[at + length..],
                Some((None, _)) => return false,
                None => {}
            }
        }
        true
    }
}

fn strip_start<'a, 'b>(text: &'a str, pieces: impl Iterator<Item = &'b str>) -> Option<&'a str> {
    let mut rest = text;
    for piece in pieces {
        rest = rest.strip_prefix(piece)?;
    }
    Some(rest)
}

fn split(text: &str, wildcards: Wildcards, variables: bool) -> Result<Vec<Piece>, PatternProblem> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut literal = String::new();
    let flush = |pieces: &mut Vec<Piece>, literal: &mut String| {
        if !literal.is_empty() {
            pieces.push(Piece::Text(std::mem::take(literal).into()));
        }
    };
    let mut colons = 0;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let in_head = wildcards == Wildcards::Segments && colons < 5;
        if variables && rest.starts_with("${") {
            let end = rest.find('}').ok_or(PatternProblem::Unclosed)?;
            match variable(&rest[2..end])? {
                Piece::Variable { .. } if in_head => return Err(PatternProblem::VariableInArnHead),
                Piece::Text(text) => literal.push_str(&text),
                piece => {
                    flush(&mut pieces, &mut literal);
                    pieces.push(piece);
                }
            }
            rest = &rest[end + 1..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        let token = match (c, wildcards) {
            (_, Wildcards::Literal) => Token::Char(c),
            ('*', _) if in_head && !rest.is_empty() && !rest.starts_with(':') => Token::StarInSegment,
            ('?', _) if in_head => Token::OneInSegment,
            _ => plain_token(c),
        };
        match token {
            Token::Char(c) => literal.push(c),
            token => {
                flush(&mut pieces, &mut literal);
                pieces.push(Piece::Wild(token));
            }
        }
        colons += usize::from(c == ':');
    }
    flush(&mut pieces, &mut literal);
    Ok(pieces)
}

fn variable(inner: &str) -> Result<Piece, PatternProblem> {
    if matches!(inner, "*" | "?" | "$") {
        return Ok(Piece::Text(inner.into()));
    }
    let (key, default) = match inner.split_once(',') {
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            (key.trim(), Some(quoted.ok_or(PatternProblem::BadVariable)?))
        }
        None => (inner.trim(), None),
    };
    if key.is_empty() || key.contains("${") {
        return Err(PatternProblem::BadVariable);
    }
    Ok(Piece::Variable { key: ContextKey::new(key), default: default.map(Into::into) })
}

/// An ARN pattern of a condition: each of the six parts is matched on its own, so no wildcard crosses a colon before the last
/// part (*Condition operators*, ARN).
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ArnPattern {
    parts: Box<[Pattern; 6]>,
}

impl ArnPattern {
    /// Prepares a pattern; `Ok(None)` if it does not have six parts.
    pub(crate) fn new(text: &str, variables: bool) -> Result<Option<ArnPattern>, PatternProblem> {
        let Some(parts) = split_arn_pattern(text, variables) else { return Ok(None) };
        let [a, b, c, d, e, f] = parts.map(|part| Pattern::new(part, Wildcards::Everywhere, variables));
        Ok(Some(ArnPattern { parts: Box::new([a?, b?, c?, d?, e?, f?]) }))
    }

    /// Whether an ARN matches. A text that is not an ARN does not, nor does anything if a variable has no value.
    pub(crate) fn matches(&self, text: &str, context: &Context) -> Truth {
        let mut values = text.splitn(6, ':');
        let mut result = Truth::Yes;
        for pattern in self.parts.iter() {
            let Some(value) = values.next() else { return Truth::No };
            result = result.and(pattern.matches(value, context, Truth::No));
        }
        result
    }
}

/// Splits at the first five colons that do not stand in a variable.
fn split_arn_pattern(text: &str, variables: bool) -> Option<[&str; 6]> {
    let mut parts = [""; 6];
    let (mut part, mut start, mut inside) = (0, 0, false);
    for (at, c) in text.char_indices() {
        match c {
            '$' if variables && text[at..].starts_with("${") => inside = true,
            '}' => inside = false,
            ':' if !inside && part < 5 => {
                parts[part] = &text[start..at];
                (part, start) = (part + 1, at + 1);
            }
            _ => {}
        }
    }
    parts[part] = &text[start..];
    (part == 5).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn context() -> Context {
        let mut context = Context::new();
        context.set("aws:username", "ada").set("aws:PrincipalTag/star", "*").set_all("aws:TagKeys", ["a", "b"]);
        context
    }

    /// `None` if a variable has no value.
    fn matches(pattern: &str, wildcards: Wildcards, text: &str) -> Option<Truth> {
        let truth = Pattern::new(pattern, wildcards, true).unwrap().matches(text, &context(), Truth::Broken);
        (truth != Truth::Broken).then_some(truth)
    }

    /// *Resource*: wildcards stay within their segment, but a star that ends one may run on.
    #[test]
    fn a_star_that_ends_its_segment_runs_over_colons() {
        let resource = |pattern, text| matches(pattern, Wildcards::Segments, text) == Some(Truth::Yes);
        assert!(resource("arn:aws:sqs:*:111122223333:q", "arn:aws:sqs:us-east-2:999999999999:x:111122223333:q"));
        assert!(!resource("arn:aws:sqs:us-*-1:1:q", "arn:aws:sqs:us-east:2-1:1:q"));
        assert!(resource("arn:aws:sqs:us-*-1:1:q", "arn:aws:sqs:us-east-1:1:q"));
        assert!(resource("arn:aws:s3:*", "arn:aws:s3:::bucket/key"));
        assert!(resource("arn:aws:logs:us:1:log-group:a*b", "arn:aws:logs:us:1:log-group:a:c:b"));
        assert!(!resource("arn:aws:sqs:u?:1:q", "arn:aws:sqs:u::1:q"));
        assert!(resource("arn:aws:s3:::b/?", "arn:aws:s3:::b/:"));
        assert!(resource("*", "arn:aws:s3:::b"));
        assert!(resource("arn:aws:s3:::b/*", "arn:aws:s3:::b/x/y"));
        assert!(!resource("arn:aws:s3:::B/*", "arn:aws:s3:::b/x"));
    }

    /// *Condition operators*, ARN: the example of the page.
    #[test]
    fn an_arn_condition_checks_each_part_alone() {
        let arn = |pattern: &str, text: &str| {
            ArnPattern::new(pattern, true).unwrap().is_some_and(|arn| arn.matches(text, &context()) == Truth::Yes)
        };
        let pattern = "arn:aws:someservice:*:111122223333:finance/*";
        assert!(!arn(
            pattern,
            "arn:aws:someservice:us-east-2:999999999999:store/abc:111122223333:finance/document.txt"
        ));
        assert!(arn(pattern, "arn:aws:someservice:us-east-2:111122223333:finance/document.txt"));
        assert!(!arn("*", "arn:aws:s3:::b"));
        assert!(arn("arn:*:*:*:*:*", "arn:aws:s3:::b:c"));
        assert!(arn("arn:aws:iam::1:user/${aws:username}", "arn:aws:iam::1:user/ada"));
        assert!(!arn("arn:aws:iam::1:user/x", "not an arn"));
    }

    /// *Variables and tags*.
    #[test]
    fn variables_are_filled_in_as_text() {
        let like = |pattern, text| matches(pattern, Wildcards::Everywhere, text);
        assert_eq!(like("home/${aws:username}/*", "home/ada/x"), Some(Truth::Yes));
        assert_eq!(like("home/${AWS:UserName}", "home/ada"), Some(Truth::Yes));
        assert_eq!(like("${aws:PrincipalTag/star}", "x"), Some(Truth::No));
        assert_eq!(like("${aws:PrincipalTag/star}", "*"), Some(Truth::Yes));
        assert_eq!(like("*${aws:username}-${aws:username}*", "x ada-ada y"), Some(Truth::Yes));
        assert_eq!(like("?${aws:username}", "xada"), Some(Truth::Yes));
        assert_eq!(like("${aws:userid}", "x"), None);
        assert_eq!(like("${aws:TagKeys}", "a"), None);
        assert_eq!(like("${aws:userid, 'anonymous'}", "anonymous"), Some(Truth::Yes));
        assert_eq!(like("${aws:userid,''}", ""), Some(Truth::Yes));
        assert_eq!(like("a${*}b${?}${$}", "a*b?$"), Some(Truth::Yes));
        assert_eq!(like("a${*}b", "axb"), Some(Truth::No));
        assert_eq!(matches("a*${aws:username}", Wildcards::Literal, "a*ada"), Some(Truth::Yes));
    }

    #[test]
    fn a_pattern_that_cannot_be_read_says_why() {
        let problem = |pattern, wildcards| Pattern::new(pattern, wildcards, true).unwrap_err();
        assert_eq!(problem("${aws:username", Wildcards::Everywhere), PatternProblem::Unclosed);
        assert_eq!(problem("${}", Wildcards::Everywhere), PatternProblem::BadVariable);
        assert_eq!(problem("${a, b}", Wildcards::Everywhere), PatternProblem::BadVariable);
        assert_eq!(
            problem("arn:aws:iam::${aws:PrincipalAccount}:user/x", Wildcards::Segments),
            PatternProblem::VariableInArnHead
        );
        let old = Pattern::new("${aws:username", Wildcards::Everywhere, false).unwrap();
        assert_eq!(old.matches("${aws:username", &Context::new(), Truth::No), Truth::Yes);
    }

    #[test]
    fn an_unknown_variable_leaves_the_answer_open_only_where_it_matters() {
        let mut context = Context::new();
        context.set_unknown("aws:username");
        let pattern = Pattern::new("home/${aws:username}/*", Wildcards::Everywhere, true).unwrap();
        assert_eq!(pattern.matches("home/x/y", &context, Truth::No), Truth::Unknown);
        assert_eq!(pattern.matches("work/x/y", &context, Truth::No), Truth::No);
        assert_eq!(pattern.matches("work/x/y", &context, Truth::Yes), Truth::Unknown);
    }
}
