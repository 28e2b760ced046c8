//! Reading lists whole, page by page, in both directions.

use std::fmt::Debug;

use uuid::Uuid;

use crate::store::Result;
use crate::wire::{Cursor, Filter, Page, PageRequest, Term};

/// A filter of one term: `key:value`, or free text when the key is empty.
pub fn only(key: &str, value: &str) -> Filter {
    Filter { terms: vec![term(key, value)] }
}

/// The same, negated.
pub fn but(key: &str, value: &str) -> Filter {
    Filter { terms: vec![Term { negated: true, ..term(key, value) }] }
}

/// A term: free text when the key is empty.
pub fn term(key: &str, value: &str) -> Term {
    Term { negated: false, key: (!key.is_empty()).then(|| key.to_owned()), value: value.to_owned() }
}

/// A cursor from its text.
#[track_caller]
pub fn cursor(text: Option<&String>) -> Option<Cursor> {
    Some(text.expect("there is another page").parse().expect("a cursor"))
}

/// All rows of a list, read by pages of `request.limit`, forwards and back again.
///
/// Every page but the last is full, knows its neighbours, and tells the same total; what is read backwards is what was
/// read forwards.
pub async fn walk<T: Debug>(
    request: &PageRequest,
    id: impl Fn(&T) -> Uuid,
    list: impl AsyncFn(&PageRequest) -> Result<Page<T>>,
) -> Vec<T> {
    let mut pages: Vec<Page<T>> = Vec::new();
    let mut next = request.clone();
    loop {
        let page = list(&next).await.unwrap();
        assert_eq!(page.previous.is_some(), !pages.is_empty(), "the first page alone has none before it");
        assert!(page.items.len() <= request.limit as usize, "a page has at most its limit");
        let after = page.next.clone();
        assert!(after.is_none() || page.items.len() == request.limit as usize, "only the last page may be short");
        if let Some(first) = pages.first() {
            assert_eq!(page.total, first.total);
        }
        pages.push(page);
        let Some(after) = after else { break };
        next = request.clone().at(Some(after.parse().expect("a cursor")));
        assert!(pages.len() < 1000, "the list has no end");
    }
    let ids = |page: &Page<T>| page.items.iter().map(&id).collect::<Vec<_>>();
    for at in (1..pages.len()).rev() {
        let back = request.clone().at(cursor(pages[at].previous.as_ref()));
        let before = list(&back).await.unwrap();
        assert_eq!(ids(&before), ids(&pages[at - 1]), "page {} read backwards", at - 1);
        assert_eq!(before.previous.is_some(), at > 1, "page {} and those before it", at - 1);
        let again = request.clone().at(cursor(before.next.as_ref()));
        assert_eq!(ids(&list(&again).await.unwrap()), ids(&pages[at]), "page {at} read again");
    }
    pages.into_iter().flat_map(|page| page.items).collect()
}
