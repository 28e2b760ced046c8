//! How a page is made: load first, then render; an error becomes the error page with its true status.

use std::sync::Arc;

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::Title;
use leptos_router::hooks::{use_params_map, use_query_map};
use leptos_router::params::ParamsMap;

use super::error_page::ErrorPage;
use super::frame::{TenantFrame, frame_data};
use crate::authz::access::SharedAccess;
use crate::op::OpContext;
use crate::server::flash::Flash;
use crate::tenant::TenantPath;
use crate::wire::{ApiError, Code, ListQuery};

/// What a page knows of its request. Made while the page is set up, passed into the future that loads.
#[derive(Clone)]
pub struct PageCx {
    /// The operation context.
    pub op: Arc<OpContext>,
    /// What the last form post has to say.
    pub flash: Option<Flash>,
    /// The theme in force, for the form that changes it.
    pub theme: String,
    /// The density in force.
    pub density: String,
    /// The path, with the names in it decoded.
    params: ParamsMap,
    /// The query.
    query: ParamsMap,
    response: Option<ResponseOptions>,
}

impl PageCx {
    fn of_request() -> Self {
        Self {
            op: use_context::<Arc<OpContext>>().expect("every page is rendered inside a request"),
            flash: use_context::<Option<Flash>>().flatten(),
            theme: cookie("wami-theme", "auto"),
            density: cookie("wami-density", "comfortable"),
            params: use_params_map().get_untracked(),
            query: use_query_map().get_untracked(),
            response: use_context::<ResponseOptions>(),
        }
    }

    /// Gives the page the status of `code`, although it can be shown.
    pub fn answer(&self, code: Code) {
        set_status(self.response.as_ref(), &ApiError::new(code, ""));
    }

    /// A name in the path.
    pub fn param(&self, name: &str) -> String {
        self.params.get(name).unwrap_or_default()
    }

    /// A value in the query.
    pub fn query(&self, name: &str) -> String {
        self.query.get(name).unwrap_or_default()
    }

    /// The query of a list.
    pub fn list_query(&self) -> ListQuery {
        ListQuery { q: self.query("q"), sort: self.query("sort"), dir: self.query("dir"), cursor: self.query("cursor") }
    }

    /// Has the browser ask for the page again in so many seconds: how long work shows its progress without JavaScript.
    pub fn ask_again(&self, seconds: u8) {
        if let Some(response) = &self.response {
            response.insert_header(http::header::REFRESH, http::HeaderValue::from(u16::from(seconds)));
        }
    }

    /// The tenant in the path.
    ///
    /// # Errors
    /// `NotFound` for what is no path.
    pub fn tenant(&self) -> Result<TenantPath, ApiError> {
        self.param("tenant").parse().map_err(|_| ApiError::not_found())
    }
}

/// What a page shows, once it is loaded.
pub struct PageView {
    /// The title of the document, without the product's name.
    pub title: String,
    /// What the actor may do, for the rail.
    pub access: SharedAccess,
    /// Inside the frame.
    pub body: AnyView,
}

/// A page inside a tenant: the frame around what `load` makes.
pub fn tenant_page<Fut>(
    section: &'static str,
    load: impl FnOnce(PageCx, TenantPath) -> Fut + Send + 'static,
) -> impl IntoView
where
    Fut: Future<Output = Result<PageView, ApiError>> + Send + 'static,
{
    let cx = PageCx::of_request();
    let response = use_context::<ResponseOptions>();
    Suspend::new(async move {
        let loaded = async {
            let path = cx.tenant()?;
            // A moved tenant's former path leads to its present one.
            if let Some(actor) = cx.op.maybe_actor()
                && !actor.session.must_change_password
            {
                let access = cx.op.enter(&path).await?;
                if access.tenant.path != path && access.is_visible() {
                    moved(&path, &access.tenant.path, response.as_ref());
                    return Err(Leave::Moved);
                }
            }
            let view = load(cx.clone(), path).await?;
            let data = frame_data(&cx, &view.access, section).await?;
            Ok((view, data))
        };
        let loaded = loaded.await;
        // Rendering takes no connection away from others.
        cx.op.release().await;
        match loaded {
            Ok((view, data)) => {
                let title = format!("{} · {} · WAMI Console", view.title, view.access.tenant.path);
                view! {
                    <Title text=title/>
                    <TenantFrame data>{view.body}</TenantFrame>
                }
                .into_any()
            }
            Err(Leave::With(error)) => failed(error, &cx, response.as_ref()),
            Err(Leave::Moved) => ().into_any(),
        }
    })
}

/// A page outside of any tenant.
pub fn plain_page<Fut>(load: impl FnOnce(PageCx) -> Fut + Send + 'static) -> impl IntoView
where
    Fut: Future<Output = Result<(String, AnyView), ApiError>> + Send + 'static,
{
    let cx = PageCx::of_request();
    let response = use_context::<ResponseOptions>();
    Suspend::new(async move {
        match load(cx.clone()).await {
            Ok((title, body)) => view! {
                <Title text=format!("{title} · WAMI Console")/>
                {body}
            }
            .into_any(),
            Err(error) => failed(error, &cx, response.as_ref()),
        }
    })
}

enum Leave {
    With(ApiError),
    Moved,
}

impl From<ApiError> for Leave {
    fn from(error: ApiError) -> Self {
        Self::With(error)
    }
}

fn moved(from: &TenantPath, to: &TenantPath, response: Option<&ResponseOptions>) {
    let path = use_path();
    let rest = path.strip_prefix(&format!("/t/{from}")).unwrap_or_default().to_owned();
    redirect(&super::paths::tenant(to, &rest), response);
}

fn cookie(name: &str, otherwise: &str) -> String {
    let parts = use_context::<http::request::Parts>();
    let value = parts.as_ref().and_then(|parts| crate::server::flash::cookie(&parts.headers, name));
    value.unwrap_or(otherwise).to_owned()
}

fn use_path() -> String {
    use_context::<http::request::Parts>().map(|parts| parts.uri.to_string()).unwrap_or_default()
}

/// Sends the browser elsewhere, before anything is rendered.
pub fn redirect(to: &str, response: Option<&ResponseOptions>) {
    if let (Some(response), Ok(location)) = (response, http::HeaderValue::from_str(to)) {
        response.set_status(http::StatusCode::SEE_OTHER);
        response.insert_header(http::header::LOCATION, location);
    }
}

fn failed(mut error: ApiError, cx: &PageCx, response: Option<&ResponseOptions>) -> AnyView {
    if error.code == Code::Unauthenticated {
        let to = match cx.op.maybe_actor() {
            // Signed in, but another password is due first.
            Some(_) => super::paths::ACCOUNT.to_owned(),
            None => format!("{}?next={}", super::paths::LOGIN, crate::wire::encode::segment(&use_path())),
        };
        redirect(&to, response);
        return ().into_any();
    }
    set_status(response, &error);
    error.request_id.get_or_insert_with(|| cx.op.request_id.clone());
    view! { <ErrorPage error/> }.into_any()
}

fn set_status(response: Option<&ResponseOptions>, error: &ApiError) {
    if let (Some(response), Ok(status)) = (response, http::StatusCode::from_u16(error.status())) {
        response.set_status(status);
    }
}
