//! Line icons from the sprite `public/icons.svg`.

use leptos::prelude::*;

/// Where the server offers the sprite.
pub const SPRITE: &str = "/pkg/icons.svg";

macro_rules! glyphs {
    ($($variant:ident = $name:literal),+ $(,)?) => {
        /// The icons of the sprite.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Glyph { $($variant),+ }

        impl Glyph {
            /// Every icon, in the order of the sprite.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The id of the symbol in the sprite.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// The address of the symbol, what `<use>` wants.
            const fn href(self) -> &'static str {
                match self { $(Self::$variant => concat!("/pkg/icons.svg#", $name)),+ }
            }
        }
    };
}

glyphs! {
    Overview = "overview", Tenants = "tenants", Users = "users", User = "user", Groups = "groups",
    Roles = "roles", Policies = "policies", Access = "access", PermissionSets = "permission-sets",
    Assignments = "assignments", Sessions = "sessions", Clock = "clock", Credentials = "credentials",
    Key = "key", Audit = "audit", Approvals = "approvals", Bin = "bin", Trash = "trash",
    Settings = "settings", Search = "search", Plus = "plus", Minus = "minus", Download = "download",
    Upload = "upload", Copy = "copy", Check = "check", Cross = "cross", Warning = "warning",
    Info = "info", ChevronDown = "chevron-down", ChevronRight = "chevron-right",
    ChevronLeft = "chevron-left", ArrowUp = "arrow-up", ArrowDown = "arrow-down",
    ArrowLeft = "arrow-left", ArrowRight = "arrow-right", External = "external", Menu = "menu",
    SignOut = "sign-out", Sun = "sun", Moon = "moon", Contrast = "contrast", Edit = "edit",
    Restore = "restore", Tag = "tag", Filter = "filter", Columns = "columns", Lock = "lock",
    Link = "link", More = "more", Refresh = "refresh", Play = "play", Pause = "pause", Bang = "bang", I = "i",
}

/// A picture beside words, or in a control that has an accessible name of its own; readers do
/// not hear it.
///
/// `small` is 12 px, `large` 20, otherwise 16.
#[component]
pub fn Icon(glyph: Glyph, #[prop(optional)] small: bool, #[prop(optional)] large: bool) -> impl IntoView {
    let class = match (small, large) {
        (true, _) => "icon s",
        (_, true) => "icon l",
        _ => "icon",
    };
    view! { <svg class=class aria-hidden="true"><use href=glyph.href()></use></svg> }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sprite_holds_exactly_the_icons_named_here() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("public/icons.svg");
        let sprite = std::fs::read_to_string(path).unwrap();
        let drawn: Vec<_> = sprite.split("<symbol id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let named: Vec<_> = Glyph::ALL.iter().map(|glyph| glyph.name()).collect();
        assert_eq!(drawn, named);
    }

    #[test]
    fn readers_do_not_hear_an_icon() {
        let html = view! { <Icon glyph=Glyph::Users/> }.to_html();
        assert_eq!(html, r##"<svg aria-hidden="true" class="icon"><use href="/pkg/icons.svg#users"></use></svg>"##);
        assert!(Glyph::Users.href().starts_with(SPRITE));
    }
}
