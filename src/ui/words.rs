//! The few words that parts say by themselves, in one place for translation.

/// Link to the main part of the page, the first thing the keyboard meets.
pub const SKIP: &str = "Skip to content";
/// Name of the product.
pub const PRODUCT: &str = "WAMI Console";
/// Accessible name of the rail.
pub const MAIN_NAVIGATION: &str = "Main";
/// Accessible name of the button that opens the rail on a small screen.
pub const OPEN_NAVIGATION: &str = "Open navigation";
/// Accessible name of the tenant switcher.
pub const TENANT: &str = "Tenant";
/// Placeholder and name of the palette's button.
pub const SEARCH: &str = "Search or jump to…";
/// Key that opens the palette.
pub const SEARCH_KEY: &str = "Ctrl K";
/// Key that focuses the filter.
pub const FILTER_KEY: &str = "/";
/// Accessible name of breadcrumbs.
pub const BREADCRUMB: &str = "Breadcrumb";
/// Accessible name of an object's tabs.
pub const SECTIONS: &str = "Sections";
/// Accessible name of a pager.
pub const PAGES: &str = "Pages";
/// To the page before.
pub const PREVIOUS: &str = "Previous";
/// To the page after.
pub const NEXT: &str = "Next";
/// Accessible name of the header's check box.
pub const SELECT_ALL: &str = "Select all rows of this page";
/// After the number of ticked rows.
pub const SELECTED: &str = "selected";
/// Accessible name of the bar of bulk actions.
pub const SELECTION: &str = "Selected rows";
/// Tells a reader that a field must be filled.
pub const REQUIRED: &str = "required";
/// Marks a field that may stay empty.
pub const OPTIONAL: &str = "optional";
/// Start of an error's text, for readers.
pub const ERROR: &str = "Error:";
/// Name of a copy button, before what it copies.
pub const COPY: &str = "Copy";
/// Button that gives a secret as a file.
pub const DOWNLOAD: &str = "Download";
/// Closes a dialog.
pub const CLOSE: &str = "Close";
/// Leaves without doing it.
pub const CANCEL: &str = "Cancel";
/// Words for the sign of a row in a diff.
pub const ADDED: &str = "added";
/// Words for the sign of a row in a diff.
pub const REMOVED: &str = "removed";
/// A quota used to 80 % or more.
pub const NEAR_LIMIT: &str = "near the limit";
/// A quota used up.
pub const AT_LIMIT: &str = "limit reached";
/// Region of toasts.
pub const NOTIFICATIONS: &str = "Notifications";
/// Opens a row of a tree.
pub const EXPAND: &str = "Expand";
/// Closes a row of a tree.
pub const COLLAPSE: &str = "Collapse";
/// Removes a token from the filter.
pub const REMOVE: &str = "Remove";

/// Heading of the error summary of a form.
pub fn problems(count: usize) -> String {
    match count {
        0 | 1 => "There is a problem".to_owned(),
        n => format!("There are {n} problems"),
    }
}

/// Label of the field of a confirmation.
pub fn type_to_confirm(name: &str) -> String {
    format!("Type {name} to confirm")
}

/// Accessible name of a row's check box.
pub fn select_row(name: &str) -> String {
    format!("Select {name}")
}

/// `1 user`, `2 users`; `plural` is the noun as it stands in a heading.
pub fn counted(count: u64, plural: &str) -> String {
    let singular = || match plural.strip_suffix("ies") {
        Some(stem) => format!("{stem}y"),
        None => plural.strip_suffix('s').unwrap_or(plural).to_owned(),
    };
    match count {
        1 => format!("1 {}", singular()),
        _ => format!("{} {plural}", super::format_count(count)),
    }
}

/// Opens what may be typed into a filter.
pub const FILTER_HELP: &str = "Syntax";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(1, "users"), "1 user");
        assert_eq!(counted(1, "policies"), "1 policy");
        assert_eq!(counted(0, "policies"), "0 policies");
        assert_eq!(counted(12_480, "users"), "12,480 users");
    }
}
