//! What a list is narrowed to: conditions of a filter as SQL.

use sqlx::{Postgres, QueryBuilder};

use super::list::{Asked, List, Text};
use crate::store::listing::{Condition, Signed};
use crate::store::{AmiError, Result};

impl List {
    /// Every condition, each with an `and` in front.
    pub fn conditions(&self, query: &mut QueryBuilder<Postgres>, asked: &Asked<'_>) -> Result<()> {
        let Words { all, none } = words(asked.conditions);
        if !(all.is_empty() && none.is_empty()) {
            match self.text {
                Text::Indexed => {
                    query.push(" and e.id in (select wami_search(").push_bind(self.table);
                    query.push(", ").push_bind(all).push(", ").push_bind(none).push("))");
                }
                Text::Assignments => {
                    query.push(" and e.id in (select wami_search_assignments(").push_bind(all);
                    query.push(", ").push_bind(none).push(", null, null))");
                }
                Text::Column(column) => {
                    query.push(format!(" and e.{column} like all (")).push_bind(all);
                    query.push(format!(") and e.{column} not like all (")).push_bind(none).push(")");
                }
            }
        }
        for (holds, condition) in
            asked.conditions.iter().filter(|(_, condition)| !matches!(condition, Condition::Text(_)))
        {
            // What is unknown (a column that is null) does not hold.
            query.push(if *holds { " and (" } else { " and not coalesce((" });
            self.condition(query, condition)?;
            query.push(if *holds { ")" } else { "), false)" });
        }
        for extra in asked.extra {
            query.push(" and ").push(extra.sql).push_bind(extra.id).push(extra.tail);
        }
        Ok(())
    }

    fn condition(&self, query: &mut QueryBuilder<Postgres>, condition: &Condition) -> Result<()> {
        match condition {
            Condition::Text(_) => {}
            Condition::PathPrefix(prefix) => prefix_range(query, "path", prefix),
            Condition::Tag(key, value) => {
                let table = self.tags.ok_or_else(|| AmiError::invalid("filter", "This list has no tags."))?;
                query.push(format!("exists (select from {table} t where t.tenant_id = e.tenant_id and t.owner_id = e.id and t.key_key = "));
                query.push_bind(key.clone());
                if let Some(value) = value {
                    query.push(" and t.value = ").push_bind(value.clone());
                }
                query.push(")");
            }
            Condition::Enabled(enabled) => {
                query.push("e.enabled = ").push_bind(*enabled);
            }
            Condition::InGroup(name) => {
                query.push(
                    "exists (select from group_members m join groups g on g.tenant_id = m.tenant_id and g.id = m.group_id \
                     where m.tenant_id = e.tenant_id and m.user_id = e.id and g.name_key = ",
                );
                query.push_bind(name.clone()).push(")");
            }
            Condition::CreatedBefore(at) => {
                query.push(format!("e.{} < ", self.created)).push_bind(*at);
            }
            Condition::CreatedAfter(at) => {
                query.push(format!("e.{} >= ", self.created)).push_bind(*at);
            }
            Condition::Attached(attached) => {
                query.push(if *attached { "(" } else { "not (" });
                query.push(
                    "exists (select from user_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
                     or exists (select from group_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
                     or exists (select from role_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id) \
                     or exists (select from permission_set_policies a where a.tenant_id = e.tenant_id and a.policy_id = e.id))",
                );
            }
            Condition::AwsManaged(aws) => {
                query.push("e.is_aws_managed = ").push_bind(*aws);
            }
            Condition::Equals("principal_name", name) if self.text == Text::Assignments => {
                query
                    .push("e.id in (select wami_search_assignments('{}', '{}', ")
                    .push_bind(name.clone())
                    .push(", null))");
            }
            Condition::Equals("set_name", name) if self.text == Text::Assignments => {
                query
                    .push("e.id in (select wami_search_assignments('{}', '{}', null, ")
                    .push_bind(name.clone())
                    .push("))");
            }
            Condition::Equals(name, value) => {
                query.push(self.column(name)?).push(" = ").push_bind(value.clone());
            }
            Condition::StartsWith(name, prefix) => {
                // All such columns are of the table itself.
                let column = self.column(name)?.trim_start_matches("e.");
                prefix_range(query, column, prefix);
            }
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
    query.push(format!("e.{column} >= ")).push_bind(prefix.to_owned());
    // After everything that begins so: no stored path or action holds this character.
    query.push(format!(" and e.{column} < ")).push_bind(format!("{prefix}\u{10ffff}"));
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
