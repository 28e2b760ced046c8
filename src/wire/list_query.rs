//! What the address of a list says: filter, order, page.

use serde::{Deserialize, Serialize};

use super::page::{DEFAULT_LIMIT, PageRequest, Sort};
use super::{ApiError, Cursor, Filter};

/// The query parameters of a list, as they stand in its address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ListQuery {
    /// The filter box.
    pub q: String,
    /// The sort key; empty is the list's own.
    pub sort: String,
    /// `desc` for largest first.
    pub dir: String,
    /// Where to go on.
    pub cursor: String,
}

impl ListQuery {
    /// The filter, parsed with the keys that the list knows.
    ///
    /// # Errors
    /// On the field `q`, with the position.
    pub fn filter(&self, keys: &[&str]) -> Result<Filter, ApiError> {
        Filter::parse(&self.q, keys).map_err(|error| ApiError::field("q", error.to_string()))
    }

    /// The page, in one of the orders that the list offers (the first is its own).
    ///
    /// # Errors
    /// On the fields `sort` and `cursor`.
    pub fn page(&self, sorts: &[Sort]) -> Result<PageRequest, ApiError> {
        let own = sorts.first().copied().unwrap_or(Sort::Name);
        let sort = if self.sort.is_empty() { Ok(own) } else { self.sort.parse() };
        let sort = sort
            .ok()
            .filter(|sort| sorts.contains(sort))
            .ok_or_else(|| ApiError::field("sort", "This list has no such order."))?;
        let cursor = match self.cursor.as_str() {
            "" => None,
            text => Some(text.parse::<Cursor>().map_err(|_| {
                ApiError::field("cursor", "This page of the list cannot be found. Begin again at the first page.")
            })?),
        };
        Ok(PageRequest { limit: DEFAULT_LIMIT, sort, descending: self.dir == "desc", cursor })
    }

    /// The address of the same list at another cursor.
    pub fn at(&self, base: &str, cursor: &str) -> String {
        Self { cursor: cursor.to_owned(), ..self.clone() }.address(base)
    }

    /// The address of the same list in the order of a column: ascending, or the other way round when it is in that order.
    pub fn sorted_by(&self, base: &str, sort: Sort, own: Sort) -> String {
        let is_current = self.sort == sort.as_str() || self.sort.is_empty() && sort == own;
        let dir = if is_current && self.dir != "desc" { "desc" } else { "" };
        Self { q: self.q.clone(), sort: sort.as_str().into(), dir: dir.into(), cursor: String::new() }.address(base)
    }

    fn address(&self, base: &str) -> String {
        let pairs = [("q", &self.q), ("sort", &self.sort), ("dir", &self.dir), ("cursor", &self.cursor)];
        let parts: Vec<String> = pairs
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", super::encode::segment(value)))
            .collect();
        if parts.is_empty() { base.to_owned() } else { format!("{base}?{}", parts.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_the_filter_and_drop_the_cursor_on_another_order() {
        let query =
            ListQuery { q: "path:/eng/ a&b".into(), sort: "name".into(), dir: String::new(), cursor: "f1".into() };
        assert_eq!(query.at("/x", "f2"), "/x?q=path%3A%2Feng%2F%20a%26b&sort=name&cursor=f2");
        assert_eq!(query.sorted_by("/x", Sort::Name, Sort::Name), "/x?q=path%3A%2Feng%2F%20a%26b&sort=name&dir=desc");
        assert_eq!(ListQuery::default().sorted_by("/x", Sort::Created, Sort::Name), "/x?sort=created");
    }

    #[test]
    fn an_unknown_order_or_cursor_is_an_error_on_its_field() {
        let sorts = &[Sort::Name];
        let query =
            |sort: &str, cursor: &str| ListQuery { sort: sort.into(), cursor: cursor.into(), ..ListQuery::default() };
        assert!(query("", "").page(sorts).is_ok());
        assert!(query("size", "").page(sorts).is_err_and(|error| error.of_field("sort").is_some()));
        assert!(query("created", "").page(sorts).is_err_and(|error| error.of_field("sort").is_some()));
        assert!(query("", "junk").page(sorts).is_err_and(|error| error.of_field("cursor").is_some()));
    }
}
