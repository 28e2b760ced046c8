//! What a list is narrowed to: conditions of a filter as SQL.

use sqlx::{Postgres, QueryBuilder};

use super::list::{Asked, List, Text, push};
use crate::store::listing::{Condition, Signed};
use crate::store::{AmiError, Result};

/// A user `e` is in the group of a name.
const IN_GROUP: &str = "exists (select from group_members m join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id \
     where m.tenant_id = e.tenant_id and m.user_id = e.id and g.name_key = ";

/// A policy `e` is attached to something.
const ATTACHED: &str = "(exists (select from user_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
     or exists (select from group_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
     or exists (select from role_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
     or exists (select from permission_set_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id))";

impl List {
    /// Every condition, each with an `and` in front.
    pub fn conditions(&self, query: &mut QueryBuilder<Postgres>, asked: &Asked<'_>) -> Result<()> {
        let Words { all, none } = words(asked.conditions);
        if !(all.is_empty() && none.is_empty()) {
            match self.text {
                Text::Indexed => {
                    push!(query, " and e.id in (select wami_search(" => self.table, ", " => all, ", " => none, "))");
                }
                Text::Assignments => {
                    push!(query, " and e.id in (select wami_search_assignments(" => all, ", " => none, ", null, null))");
                }
                Text::Column(column) | Text::IndexedAlone(column) => {
                    push!(query, format!(" and e.{column} like all (") => all, ")");
                    push!(query, format!(" and e.{column} not like all (") => none, ")");
                }
            }
        }
        for (holds, condition) in asked.conditions {
            if matches!(condition, Condition::Text(_)) {
                continue;
            }
            // What is unknown (a column that is null) does not hold.
            push!(query, if *holds { " and (" } else { " and not coalesce((" });
            self.condition(query, condition)?;
            push!(query, if *holds { ")" } else { "), false)" });
        }
        for extra in asked.extra {
            push!(query, " and ", extra.sql => extra.id, extra.tail);
        }
        Ok(())
    }

    fn condition(&self, query: &mut QueryBuilder<Postgres>, condition: &Condition) -> Result<()> {
        match condition {
            // All words are looked for at once.
            Condition::Text(_) => {}
            Condition::PathPrefix(prefix) => prefix_range(query, "e.path", prefix),
            Condition::Tag(key, value) => {
                let table = self.tags.ok_or_else(|| AmiError::invalid("filter", "This list has no tags."))?;
                push!(query, "exists (select from ", table, " t where t.tenant_id = e.tenant_id and t.owner_id = e.id");
                push!(query, " and t.key_key = " => key.clone());
                if let Some(value) = value {
                    push!(query, " and t.value = " => value.clone());
                }
                push!(query, ")");
            }
            Condition::Enabled(enabled) => push!(query, "e.enabled = " => *enabled),
            Condition::InGroup(name) => {
                push!(query, IN_GROUP => name.clone(), ")");
            }
            Condition::CreatedBefore(at) => push!(query, "e.", self.created, " < " => *at),
            Condition::CreatedAfter(at) => push!(query, "e.", self.created, " >= " => *at),
            Condition::Attached(attached) => push!(query, if *attached { "" } else { "not " }, ATTACHED),
            Condition::AwsManaged(aws) => push!(query, "e.is_aws_managed = " => *aws),
            Condition::Equals("principal_name", name) if self.text == Text::Assignments => {
                push!(query, "e.id in (select wami_search_assignments('{}', '{}', " => name.clone(), ", null))");
            }
            Condition::Equals("set_name", name) if self.text == Text::Assignments => {
                push!(query, "e.id in (select wami_search_assignments('{}', '{}', null, " => name.clone(), "))");
            }
            Condition::Equals(name, value) => push!(query, self.column(name)?, " = " => value.clone()),
            Condition::StartsWith(name, prefix) => prefix_range(query, self.column(name)?, prefix),
        }
        Ok(())
    }

    fn column(&self, name: &str) -> Result<&'static str> {
        let found = self.equals.iter().find(|(known, _)| *known == name);
        found.map(|(_, column)| *column).ok_or_else(|| AmiError::invalid("filter", "This list has no such filter."))
    }
}

/// The patterns of the words of a filter.
pub struct Words {
    /// All of them are found.
    pub all: Vec<String>,
    /// None of them is found.
    pub none: Vec<String>,
}

fn words(conditions: &[Signed]) -> Words {
    let patterns = |wanted: bool| {
        let words = conditions.iter().filter_map(|(holds, condition)| match condition {
            Condition::Text(text) if *holds == wanted => Some(pattern(text)),
            _ => None,
        });
        words.collect()
    };
    Words { all: patterns(true), none: patterns(false) }
}

/// The words, when the filter has nothing else.
pub fn only_words(conditions: &[Signed]) -> Option<Words> {
    let is_words =
        !conditions.is_empty() && conditions.iter().all(|(_, condition)| matches!(condition, Condition::Text(_)));
    is_words.then(|| words(conditions))
}

/// `column` begins with `prefix`, as a range that an index in the order of bytes can serve.
fn prefix_range(query: &mut QueryBuilder<Postgres>, column: &str, prefix: &str) {
    push!(query, column, " >= " => prefix.to_owned());
    // After everything that begins so: no stored path or action holds this character.
    push!(query, " and ", column, " < " => format!("{prefix}\u{10ffff}"));
}

/// A pattern that finds `text` anywhere, its own pattern characters meaning themselves.
pub fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        match c {
            '%' | '_' | '\\' => pattern.extend(['\\', c]),
            // Nothing stored holds it.
            '\0' => pattern.push('\u{fffd}'),
            c => pattern.push(c),
        }
    }
    pattern.push('%');
    pattern
}
