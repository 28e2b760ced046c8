//! `/login`, `/setup/{token}`, `/welcome/{token}`.

use leptos::prelude::*;

use crate::app::form::FormCx;
use crate::app::page::plain_page;
use crate::authn::{links, password, setup as first};
use crate::op::sign_in_name;
use crate::ui::{
    Button, CenteredCard, Checkbox, Form, FormActions, Kind, Notice, PasswordField, Size, TextField, TextKind, Tone,
};

/// `/login`
pub fn login() -> impl IntoView {
    plain_page(|cx| async move {
        let notice = cx.flash.as_ref().and_then(|flash| flash.notice.clone());
        let form =
            FormCx::new("/api/account/sign-in", &[("name", "Name"), ("password", "Password")], cx.flash.as_ref());
        let hidden = vec![("next".to_owned(), form.value("next", &cx.query("next")))];
        let body = view! {
            <CenteredCard title="Sign in">
                {notice.map(|notice| view! { <Notice tone=Tone::Ok title=notice/> })}
                <Form action=form.action.clone() hidden errors=form.errors()>
                    <TextField name="name" label="Name" value=form.value("name", "") error=form.error("name")
                        hint="name@tenant, or just the name for the root tenant"
                        autocomplete="username" required=true autofocus=form.failure().is_none()/>
                    <PasswordField name="password" label="Password" error=form.error("password") required=true/>
                    <FormActions><Button label="Sign in" kind=Kind::Primary size=Size::Block/></FormActions>
                </Form>
            </CenteredCard>
        };
        Ok(("Sign in".into(), body.into_any()))
    })
}

/// `/setup/{token}`: gone once it was used.
pub fn setup() -> impl IntoView {
    plain_page(|cx| async move {
        let token = cx.param("token");
        first::peek(&cx.op, &token).await?;
        let form = FormCx::new(
            "/api/account/setup",
            &[
                ("user_name", "User name"),
                ("display_name", "Display name"),
                ("email", "E-mail"),
                ("password", "Password"),
                ("repeated", "Password again"),
                ("sample", "Load a sample organisation"),
            ],
            cx.flash.as_ref(),
        );
        let body = view! {
            <CenteredCard title="Set up the first administrator">
                <p class="muted">"This account may do everything, in the root tenant and below. More people come in by assignments."</p>
                <Form action=form.action.clone() hidden=vec![("token".into(), token)] errors=form.errors()>
                    <TextField name="user_name" label="User name" value=form.value("user_name", "") error=form.error("user_name")
                        hint="Letters, digits and _ + = , . @ -" autocomplete="username" required=true autofocus=form.failure().is_none()/>
                    <TextField name="display_name" label="Display name" value=form.value("display_name", "")
                        error=form.error("display_name") optional=true autocomplete="name"/>
                    <TextField name="email" label="E-mail" kind=TextKind::Email value=form.value("email", "") error=form.error("email")
                        optional=true autocomplete="email"/>
                    <PasswordField name="password" label="Password" fresh=true error=form.error("password") required=true hint=rules()/>
                    <PasswordField name="repeated" label="Password again" fresh=true error=form.error("repeated") required=true/>
                    <Checkbox name="sample" label="Load a sample organisation" checked=form.ticked("sample", false) error=form.error("sample")
                        hint="A shipping line that does not exist: seven tenants, and policies with faults to find. Nobody in it can sign in."/>
                    <FormActions><Button label="Create administrator" kind=Kind::Primary size=Size::Block/></FormActions>
                </Form>
            </CenteredCard>
        };
        Ok(("Set-up".into(), body.into_any()))
    })
}

/// `/welcome/{token}`: invitations and resets.
pub fn welcome() -> impl IntoView {
    plain_page(|cx| async move {
        let token = cx.param("token");
        let user = links::peek(&cx.op, &token).await?;
        let name = sign_in_name(&user.user_name, &user.tenant.path);
        let form = FormCx::new(
            "/api/account/accept-link",
            &[("password", "New password"), ("repeated", "New password again")],
            cx.flash.as_ref(),
        );
        let body = view! {
            <CenteredCard title="Choose your password">
                <p class="muted">"You will sign in as "<strong>{name}</strong>"."</p>
                <Form action=form.action.clone() hidden=vec![("token".into(), token)] errors=form.errors()>
                    <PasswordField name="password" label="New password" fresh=true error=form.error("password") required=true hint=rules()
                        autofocus=form.failure().is_none()/>
                    <PasswordField name="repeated" label="New password again" fresh=true error=form.error("repeated") required=true/>
                    <FormActions><Button label="Set password" kind=Kind::Primary size=Size::Block/></FormActions>
                </Form>
            </CenteredCard>
        };
        Ok(("Choose your password".into(), body.into_any()))
    })
}

/// The rule for passwords, as a hint.
pub(super) fn rules() -> String {
    format!("At least {} characters; a few words in a row are fine.", password::MIN_LENGTH)
}
