//! Every part in every state: the page `/styleguide` in development. Who changes a part looks here
//! in light, dark and high contrast, compact, at 320 px and with the keyboard.

use leptos::prelude::*;

use super::*;

/// The page that shows all parts.
#[component]
pub fn StyleGuide() -> impl IntoView {
    let nav = |label: &str, icon: Glyph| NavItem::new(label, format!("#{}", label.to_lowercase()), icon);
    let groups = vec![
        NavGroup { label: None, items: vec![nav("Buttons", Glyph::Play).current(true), nav("Icons", Glyph::Columns)] },
        NavGroup {
            label: Some("Parts".into()),
            items: vec![
                nav("Fields", Glyph::Edit),
                nav("Marks", Glyph::Tag).count(Some(12_480)),
                nav("Tables", Glyph::Assignments),
                nav("Surfaces", Glyph::PermissionSets),
                nav("Messages", Glyph::Info),
                nav("Documents", Glyph::Policies),
                nav("Access", Glyph::Access),
            ],
        },
    ];
    let user = UserMenu {
        name: "ada.byron".into(),
        tenant: "acme.eng".into(),
        items: vec![
            MenuItem::heading("Theme"),
            MenuItem::post("As the system", "#", Vec::new()).icon(Glyph::Settings).current(true),
            MenuItem::post("Dark", "#", Vec::new()).icon(Glyph::Moon),
            MenuItem::Rule,
            MenuItem::post("Sign out", "#", Vec::new()).icon(Glyph::SignOut),
        ],
    };
    let levels = vec![
        TenantLevel { label: "root".into(), search_action: "#".into(), items: vec![MenuItem::link("acme", "#")] },
        TenantLevel {
            label: "acme.eng".into(),
            search_action: "#".into(),
            items: vec![MenuItem::link("acme.eng", "#").current(true)],
        },
    ];
    let acting =
        Some(Acting { label: "Operator".into(), left: Some("3 h left".into()), href: "#".into(), elevated: false });
    view! {
        <Frame
            home="#"
            nav=groups
            user
            acting
            switcher=view! { <TenantSwitcher levels/> }
            search=view! { <SearchButton href="#"/> }
            toasts=view! { <Toast text="Ada Byron was created." held=true action=view! { <a href="#">"Undo"</a> }/> }
        >
            <PageHeader
                title="Style guide"
                subtitle="Every part in every state"
                breadcrumbs=vec![Crumb::link("Development", "#"), Crumb::here("Style guide")]
                actions=view! { <LinkButton label="Compare" href="#"/><LinkButton label="Create part" href="#" kind=Kind::Primary icon=Glyph::Plus/> }
            />
            <Buttons/>
            <Icons/>
            <Fields/>
            <Marks/>
            <Tables/>
            <Surfaces/>
            <Messages/>
            <Documents/>
            <AccessParts/>
        </Frame>
    }
}

/// A heading and what it shows.
#[component]
fn Exhibit(title: &'static str, children: Children) -> impl IntoView {
    view! {
        <section class="stack" id=title.to_lowercase()>
            <hr/>
            <h2>{title}</h2>
            {children()}
        </section>
    }
}

#[component]
fn Buttons() -> impl IntoView {
    const KINDS: [(Kind, &str); 5] = [
        (Kind::Primary, "Create user"),
        (Kind::Secondary, "Export"),
        (Kind::Danger, "Disable"),
        (Kind::Destroy, "Delete user"),
        (Kind::Quiet, "Discard"),
    ];
    let row = |state: &'static str| {
        let buttons = KINDS.iter().map(|(kind, label)| {
            // A static picture of a state that only a pointer or key brings about.
            let class =
                [button::button_class(*kind, Size::Normal, false).unwrap_or_default(), state.to_owned()].join(" ");
            view! { <button class=class type="button">{*label}</button> }
        });
        view! { <div class="actions">{buttons.collect_view()}<span class="muted">{if state.is_empty() { "rest" } else { state }}</span></div> }
    };
    let disabled = KINDS.iter().map(|(kind, label)| {
        view! { <Button label=*label kind=*kind disabled_reason="You need iam:CreateUser in acme.eng."/> }
    });
    view! {
        <Exhibit title="Buttons">
            {row("")}{row("hover")}{row("active")}{row("focus")}
            <div class="actions">{disabled.collect_view()}<span class="muted">"cannot act"</span></div>
            <div class="actions">
                <Button label="Small" size=Size::Small/>
                <Button label="With icon" icon=Glyph::Download/>
                <Button label="Refresh" icon=Glyph::Refresh icon_only=true/>
                <LinkButton label="A link" href="#"/>
                <Segments label="View" items=vec![Segment::new("JSON", "#", true), Segment::new("Visual", "#", false)]/>
                <Menu label="More" items=vec![
                    MenuItem::link("Rename", "#").icon(Glyph::Edit),
                    MenuItem::link("Move", "#").note("M"),
                    MenuItem::disabled("Suspend", "It is the tenant you act in.").icon(Glyph::Pause),
                    MenuItem::Rule,
                    MenuItem::link("Delete", "#").icon(Glyph::Trash).danger(),
                ]/>
                <Button label="Open dialog" opens="guide-dialog"/>
            </div>
            <Dialog id="guide-dialog" title="Columns" actions=view! { <Button label="Apply" kind=Kind::Primary/> }>
                <Checkbox name="columns" label="Path" checked=true/>
                <Checkbox name="columns-tags" label="Tags"/>
            </Dialog>
        </Exhibit>
    }
}

#[component]
fn Icons() -> impl IntoView {
    let icons = Glyph::ALL.iter().map(|glyph| {
        view! { <li class="cluster"><Icon glyph=*glyph/><Icon glyph=*glyph large=true/><span>{glyph.name()}</span></li> }
    });
    view! { <Exhibit title="Icons"><ul class="grid tiles">{icons.collect_view()}</ul></Exhibit> }
}

#[component]
fn Fields() -> impl IntoView {
    let errors = FormErrors {
        message: None,
        fields: vec![
            FieldError::new("name", "User name", "Another user in acme.eng has this name."),
            FieldError::new("reach", "Reach", "Choose where it holds."),
        ],
    };
    let (name_error, reach_error) = (errors.of("name"), errors.of("reach"));
    let sets =
        || vec![Choice::new("ro", "ReadOnly"), Choice::new("op", "Operator"), Choice::new("adm", "Administrator")];
    view! {
        <Exhibit title="Fields">
            <div class="split">
                <Form action="#" errors label="With errors">
                    <TextField name="name" label="User name" value="b.okafor" error=name_error hint="Case does not matter." required=true mono=true/>
                    <PasswordField name="password" label="Password" hint="12 to 128 characters." error="It is among the most common ones." required=true fresh=true/>
                    <TextArea name="note" label="Note" value="</textarea> stays text" error="At most 256 characters." rows=2/>
                    <Select name="set" label="Permission set" choices=sets() value="op" error="You do not hold this set yourself."/>
                    <RadioGroup name="reach" label="Reach" error=reach_error required=true choices=vec![
                        Choice::new("tenant", "This tenant"),
                        Choice::new("subtree", "This tenant and everything below").hint("18 tenants today, and those to come."),
                    ]/>
                    <Checkbox name="agree" label="It may assign other people" error="Only with a boundary."/>
                    <FormActions><Button label="Create user" kind=Kind::Primary/><LinkButton label="Cancel" href="#"/></FormActions>
                </Form>
                <Form action="#" label="At rest">
                    <TextField name="rest" label="At rest" placeholder="Placeholder" optional=true id="guide-rest"/>
                    <TextField name="path" label="With a prefix" prefix="acme.eng /" value="platform" mono=true/>
                    <TextField name="fixed" label="Read only" value="402718835512" readonly=true/>
                    <TextField name="disabled" label="Disabled" value="Not now" disabled=true/>
                    <Checkbox name="on" label="Ticked" checked=true/>
                    <Checkbox name="off" label="Not ticked" hint="A hint under the label."/>
                    <Checkbox name="locked" label="Ticked and disabled" checked=true disabled=true/>
                    <RadioGroup name="radio" label="One of a few" value="a" choices=vec![Choice::new("a", "Chosen"), Choice::new("b", "Not chosen")]/>
                </Form>
            </div>
        </Exhibit>
    }
}

#[component]
fn Marks() -> impl IntoView {
    const TONES: [(Tone, &str); 6] = [
        (Tone::Ok, "Active"),
        (Tone::Danger, "Denied"),
        (Tone::Warn, "Expires soon"),
        (Tone::Info, "Imported"),
        (Tone::Accent, "You"),
        (Tone::Neutral, "n/a"),
    ];
    let plain = TONES.iter().map(|(tone, label)| view! { <Badge label=*label tone=*tone/> }).collect_view();
    let dotted = TONES.iter().map(|(tone, label)| view! { <Badge label=*label tone=*tone dot=true/> }).collect_view();
    let signs = TONES.iter().map(|(tone, label)| view! { <Sign tone=*tone label=*label/> }).collect_view();
    view! {
        <Exhibit title="Marks">
            <div class="cluster">{plain}</div>
            <div class="cluster">{dotted}</div>
            <div class="cluster">{signs}</div>
            <div class="cluster">
                <Tag key="team" value="core"/><Tag key="cost-centre" value="4711" href="#"/>
                <Kbd keys="Ctrl K"/><Kbd keys="/"/>
                <Avatar name="Ada Byron"/><Avatar name="Ada Byron" large=true/>
                <Time datetime="2026-03-14T09:26:53Z" text="3 days ago" exact="14 March 2026, 09:26:53 UTC"/>
                <code class="code-inline">"iam:PassRole"</code>
            </div>
            <div class="cluster"><Copyable text="arn:wami:iam::402718835512:user/eng/platform/b.okafor" what="ARN" arn=true/></div>
            <div class="grid">
                <Meter label="Users" used=612 limit=Some(1_000) wide=true/>
                <Meter label="Roles" used=850 limit=Some(1_000) wide=true/>
                <Meter label="Groups" used=50 limit=Some(50) wide=true/>
                <Meter label="Policies" used=640 wide=true/>
            </div>
            <div class="grid"><Skeleton label="Loading users"/></div>
        </Exhibit>
    }
}

#[component]
fn Tables() -> impl IntoView {
    let columns = || {
        vec![
            Column::new("User name").sort("#", Some(SortDirection::Descending)),
            Column::new("Path").mono().secondary(),
            Column::new("Groups").numeric().sort("#", None),
            Column::new("State").detail(),
            Column::unlabelled("Actions"),
        ]
    };
    let row = |name: &'static str, groups: u32, picked: bool| {
        Row::new()
            .cell(name)
            .cell("/eng/platform/")
            .cell(groups)
            .cell(view! { <Badge label=if picked { "Active" } else { "Disabled" } tone=if picked { Tone::Ok } else { Tone::Neutral } dot=true/> })
            .cell(view! { <LinkButton label="Why?" href="#" kind=Kind::Quiet size=Size::Small/> })
            .link("#")
            .pick(name, name, picked)
            .off(!picked)
    };
    let rows = vec![
        row("aino.virtanen", 3, true),
        row("a-name-of-sixty-four-characters-that-does-not-fit-in-its-column-1", 12, false),
    ];
    let error = FilterError {
        message: "Unknown key “has:mf”; did you mean “has:mfa”?".into(),
        text: "path:/eng/ has:mf".into(),
        at: 11..17,
    };
    let token = FilterToken { text: "path:/eng/".into(), remove_href: "#".into() };
    let nothing = view! { <EmptyState title="No users match" text="Nothing in acme.eng matches “has:mf”." action=view! { <LinkButton label="Clear the filter" href="#"/> }/> };
    let assignments = vec![
        Row::new()
            .cell(view! { <strong>"auditors"</strong>" group" })
            .cell(view! { <Chip label="Auditor ↓" href="#"/> })
            .cell(view! { <Chip label="Auditor" kind=ChipKind::Inherited note="from acme"/> }),
        Row::new()
            .cell(view! { <strong>"b.okafor"</strong>" user" })
            .cell(())
            .cell(view! { <Chip label="Operator 3 h" kind=ChipKind::Expiring note="ends at 18:00"/> }),
    ];
    let tree = vec![
        Row::new()
            .cell(view! { <TreeLabel name="Acme Corporation" href="#" level=0 open=true toggle_href="#" path="acme"/> })
            .cell(view! { <Meter label="Users" used=12_480 limit=Some(20_000)/> }),
        Row::new()
            .cell(view! { <TreeLabel name="Engineering" href="#" level=1 toggle_href="#" path="acme.eng"/> })
            .cell(view! { <Meter label="Users" used=8_120 limit=Some(10_000)/> }),
        Row::new()
            .cell(view! { <TreeLabel name="Labs" href="#" level=2 path="acme.eng.labs"/> })
            .cell(view! { <Meter label="Users" used=50 limit=Some(50)/> }),
    ];
    view! {
        <Exhibit title="Tables">
            <p class="muted"><Totals total=12_480 of="in acme.eng" matching=Some(7_902)/></p>
            <Toolbar>
                <FilterBox action="#" label="Filter users" value="has:mf" tokens=vec![token] error=Some(error)/>
                <Menu label="Saved views" items=vec![MenuItem::link("Without MFA", "#")] end=true/>
            </Toolbar>
            <List action="#">
                <Table caption="Users" columns=columns() rows pickable=true footer=view! { <Pager summary="50 a page · rows 51–100" previous="#" next="#"/> }/>
                <SelectionBar matching=Some(7_902) all_href="#"><Button label="Require MFA" size=Size::Small/></SelectionBar>
            </List>
            <Table caption="No users" columns=columns() rows=Vec::new() empty=nothing/>
            <Table caption="Tenants" columns=vec![Column::new("Tenant"), Column::new("Users")] rows=tree/>
            <Matrix caption="Assignments" columns=vec![Column::new("Principal"), Column::new("acme").mono(), Column::new("acme.eng").mono()] rows=assignments/>
        </Exhibit>
    }
}

#[component]
fn Surfaces() -> impl IntoView {
    view! {
        <Exhibit title="Surfaces">
            <ObjectHeader
                name="b.okafor"
                arn="arn:wami:iam::402718835512:user/eng/platform/b.okafor"
                facts=view! { <Badge label="Active" tone=Tone::Ok dot=true/><Badge label="MFA off" tone=Tone::Danger/><span>"Last sign-in 3 days ago"</span> }
                actions=view! { <LinkButton label="Reset password" href="#"/><LinkButton label="Disable" href="#" kind=Kind::Danger/> }
            />
            <Tabs items=vec![Tab::new("Overview", "#").current(true), Tab::new("Groups", "#").count(5), Tab::new("Permissions", "#"), Tab::new("History", "#")]/>
            <div class="split">
                <Card title="About" badges=view! { <Badge label="Imported" tone=Tone::Info/> } aside="version 7" footer=view! { <span>"Changed 3 days ago"</span><LinkButton label="Edit" href="#" size=Size::Small/> }>
                    <CardBody>
                        <DefinitionList items=vec![
                            ("Display name".into(), "Blessing Okafor".into_any()),
                            ("E-mail".into(), "b.okafor@acme.example".into_any()),
                            ("Id".into(), view! { <Copyable text="AIDA4YFQXH2K7LMNOPQRS" what="id"/> }.into_any()),
                        ]/>
                    </CardBody>
                    <CardBody title="Uses">
                        <Lines ruled=true items=vec![Line::new("Groups", view! { <a href="#">"5"</a> }), Line::new("Sessions", view! { <Badge label="1 now" tone=Tone::Ok/> })]/>
                    </CardBody>
                </Card>
                <div class="stack">
                    <Stat label="Users" figure="12,480" href="#" note=view! { <Meter label="Users" used=12_480 limit=Some(20_000)/> }/>
                    <Stat label="Sign-ins today" figure="3,902"/>
                </div>
            </div>
            <Confirm
                title="Delete the user b.okafor?" text="It goes to the recycle bin and can be restored for 30 days." action="#" verb="Delete user" cancel_href="#" type_name="b.okafor"
                consequences=vec![Consequence::new(Tone::Danger, "2 access keys stop working at once").link("#"), Consequence::new(Tone::Warn, "It leaves 5 groups"), Consequence::new(Tone::Info, "1 session ends")]
            />
        </Exhibit>
    }
}

#[component]
fn Messages() -> impl IntoView {
    let notice = |tone: Tone, title: &'static str| view! { <Notice tone title>"It says what happened, why, and "<a href="#">"what to do"</a>"."</Notice> };
    view! {
        <Exhibit title="Messages">
            {notice(Tone::Info, "Two actions let this user raise its own rights.")}
            {notice(Tone::Ok, "The import is done.")}
            {notice(Tone::Warn, "Two keys are older than 90 days.")}
            {notice(Tone::Danger, "The role is still attached to three users.")}
            {notice(Tone::Neutral, "You are looking at the state of 14 March.")}
            <Notice tone=Tone::Warn title="Another administrator changed this policy." action=view! { <LinkButton label="Merge the changes" href="#" size=Size::Small/> }>"Yours are kept here."</Notice>
            <SecretOnce label="Secret access key" secret="wJalrXUtnFEMI/EXAMPLE/bPxRfiCYEXAMPLEKEY" download_href="#"/>
        </Exhibit>
    }
}

#[component]
fn Documents() -> impl IntoView {
    const DOCUMENT: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [{\n    \"Effect\": \"Allow\",\n    \"Action\": [\"iam:PassRole\", \"s3:*\"],\n    \"Resource\": \"*\",\n    \"Condition\": { \"NumericLessThan\": { \"aws:MultiFactorAuthAge\": 600 } }\n  }]\n}";
    let mark = |line, tone| LineMark { line, tone, label: "Finding".into() };
    view! {
        <Exhibit title="Documents">
            <div class="split">
                <div class="stack">
                    <Card title="Document"><CodeBlock text=DOCUMENT marks=vec![mark(5, Tone::Warn), mark(6, Tone::Danger)] label="Policy document" id="guide-line-"/></Card>
                    <Card title="Version 4 to 5">
                        <Diff label="Version 4 to 5" lines=vec![
                            DiffLine::gap("3 lines before"),
                            DiffLine::same(4, 4, "    \"Effect\": \"Allow\","),
                            DiffLine::removed(5, "    \"Action\": \"s3:Get*\","),
                            DiffLine::added(5, "    \"Action\": [\"s3:Get*\", \"s3:PutObject\"],"),
                            DiffLine::same(6, 6, "    \"Resource\": \"*\""),
                        ]/>
                    </Card>
                </div>
                <Card title="Findings" badges=view! { <Badge label="1 security" tone=Tone::Warn/> }>
                    <CardBody>
                        <Finding title="Any role can be passed" tone=Tone::Warn kind="Security warning" at="5:17" at_href="#guide-line-5" fix=view! { <Button label="Restrict to role/deploy-*" size=Size::Small/> }>
                            "iam:PassRole on * lets the holder give a service any role in the tenant."
                        </Finding>
                        <Finding title="Redundant action" tone=Tone::Info kind="Suggestion" at="5:33">"s3:* already covers s3:GetObject."</Finding>
                    </CardBody>
                </Card>
            </div>
        </Exhibit>
    }
}

#[component]
fn AccessParts() -> impl IntoView {
    let reasons = vec![
        Reason::new(Tone::Ok, "allows", view! { <strong>"Identity policies"</strong>" allowed by DataLake v4" })
            .child(Reason::new(Tone::Ok, "matches", view! { "statement "<code>"Write"</code>" · action "<code>"s3:Put*"</code> })),
        Reason::new(Tone::Danger, "does not allow", view! { <strong>"Permissions boundary"</strong>" does not allow it" })
            .child(Reason::new(Tone::Danger, "fails", view! { <code>"IpAddress aws:SourceIp"</code>" wanted "<code>"10.0.0.0/8"</code>", was "<code>"203.0.113.7"</code> })),
        Reason::new(Tone::Neutral, "not in force", view! { <strong>"Session policy"</strong>" none in force" }).moot(),
    ];
    view! {
        <Exhibit title="Access">
            <Ask action="#" label="Ask about access">
                <label>"Can "<input class="input" name="principal" value="b.okafor"/></label>
                <label>"do "<input class="input" name="action" value="s3:PutObject"/></label>
                <label>"on "<input class="input" name="resource" value="arn:aws:s3:::data-lake/raw/2026.csv"/></label>
                <Button label="Ask" kind=Kind::Primary/>
            </Ask>
            <Verdict tone=Tone::Danger word="Denied" took="0.4 ms">"by the permissions boundary "<strong>"EngBoundary"</strong>"."</Verdict>
            <Verdict tone=Tone::Ok word="Allowed" took="0.2 ms">"by the policy "<strong>"DataLake"</strong>"."</Verdict>
            <Verdict tone=Tone::Warn word="Not decided">"the policy "<strong>"Legacy"</strong>" cannot be read."</Verdict>
            <Card title="Why"><CardBody><ReasonTree reasons/></CardBody></Card>
        </Exhibit>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of `attribute` in `html`.
    fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
        html.split(&format!(" {attribute}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
    }

    #[test]
    fn every_reference_leads_to_an_id_and_ids_are_unique_where_it_matters() {
        let html = view! { <StyleGuide/> }.to_html();
        let ids = values(&html, "id");
        for attribute in ["aria-describedby", "aria-labelledby", "for", "popovertarget"] {
            for id in values(&html, attribute).into_iter().flat_map(str::split_whitespace) {
                assert_eq!(ids.iter().filter(|known| **known == id).count(), 1, "{attribute} refers to {id}");
            }
        }
    }

    #[test]
    fn nothing_needs_an_inline_style_or_script() {
        let html = view! { <StyleGuide/> }.to_html();
        assert!(!html.contains(" style=") && !html.contains("<script") && !html.contains(" onclick"));
        assert_eq!(html.matches("</textarea>").count(), html.matches("<textarea").count());
    }
}
