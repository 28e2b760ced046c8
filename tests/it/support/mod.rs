//! What tests share: databases cloned from a migrated template, the whole application over HTTP in process, people.

pub mod ledger;
pub mod postgres;

use std::path::Path;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tower::ServiceExt;
use wami::app_state::{App, Settings};
use wami::authn::password::Passwords;
use wami::authn::setup::{self, NewAdministrator};
use wami::clock::{SharedClock, SystemClock};
use wami::ids::Ids;
use wami::server::assets::Assets;
use wami::store::console::ConsoleStore;
use wami::store::console::memory::MemoryConsoleStore;
use wami::store::console::postgres::PostgresConsoleStore;
use wami::store::postgres::{PostgresBackend, PostgresOptions, migrate};
use wami::store::{Backend, MemoryBackend};
use wami::wire::{ApiError, Secret};

/// The password of everybody in tests.
pub const PASSWORD: &str = "a fine long password 1";

const ROLE_KEY: [u8; 32] = [7; 32];

/// A database of a test's own.
pub struct TestDatabase {
    /// How its owner connects.
    pub owner: PgConnectOptions,
    /// Dropped with this.
    _database: postgres::Database,
}

impl TestDatabase {
    /// Clones the migrated template, made first by whichever test comes first.
    pub async fn create() -> Self {
        let migrations = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
        let database = postgres::Database::create(&migrations, async |empty| {
            migrate::run(&empty, &Secret::new(ROLE_KEY)).await.unwrap();
        })
        .await;
        Self { owner: database.options().clone(), _database: database }
    }

    /// The backend on it.
    pub async fn backend(&self) -> PostgresBackend {
        self.backend_with(6).await
    }

    /// The backend on it, with at most so many connections for requests.
    pub async fn backend_with(&self, max_connections: u32) -> PostgresBackend {
        let clock: SharedClock = Arc::new(SystemClock);
        let options = PostgresOptions::new(self.owner.clone(), Secret::new(ROLE_KEY), clock, Ids::system());
        PostgresBackend::connect(PostgresOptions { max_connections, ..options }).await.unwrap()
    }

    /// The backend on it, with a clock and ids of the test's own.
    pub async fn backend_at(&self, clock: SharedClock, ids: Ids) -> PostgresBackend {
        let options = PostgresOptions::new(self.owner.clone(), Secret::new(ROLE_KEY), clock, ids);
        PostgresBackend::connect(PostgresOptions { max_connections: 6, ..options }).await.unwrap()
    }

    /// Its address, for its owner.
    pub fn url(&self) -> String {
        self.owner.to_url_lossy().into()
    }
}

/// The whole application on a store of its own.
pub struct TestApp {
    /// What operations share.
    pub app: Arc<App>,
    router: Router,
    /// The database; `None` in memory.
    pub database: Option<TestDatabase>,
}

impl TestApp {
    /// An application with the administrator `ada` of root.
    pub async fn start() -> Self {
        Self::start_with(Settings::default(), Arc::new(SystemClock)).await
    }

    /// The same, with these settings and this time.
    pub async fn start_with(settings: Settings, clock: SharedClock) -> Self {
        let test = Self::empty_with(settings, clock).await;
        test.administrator("root", "ada").await;
        test
    }

    /// An application that nobody has set up.
    pub async fn empty() -> Self {
        Self::empty_with(Settings::default(), Arc::new(SystemClock)).await
    }

    async fn empty_with(settings: Settings, clock: SharedClock) -> Self {
        let database = TestDatabase::create().await;
        let backend = database.backend().await;
        let console = Arc::new(PostgresConsoleStore::new(backend.session_pool().clone()));
        Self::on(Arc::new(backend), console, Some(database), settings, clock).await
    }

    /// An application in memory that nobody has set up.
    pub async fn empty_in_memory() -> Self {
        let backend = MemoryBackend::new(Arc::new(SystemClock), Ids::system());
        let console = Arc::new(MemoryConsoleStore::default());
        Self::on(Arc::new(backend), console, None, Settings::default(), Arc::new(SystemClock)).await
    }

    async fn on(
        backend: Arc<dyn Backend>,
        console: Arc<dyn ConsoleStore>,
        database: Option<TestDatabase>,
        settings: Settings,
        clock: SharedClock,
    ) -> Self {
        let ids = Ids::system();
        let app = Arc::new(App {
            backend,
            console,
            documents: Default::default(),
            uploads: Default::default(),
            passwords: Passwords::new(ids.clone(), 2),
            clock,
            ids,
            settings,
        });
        setup::ensure_foundation(&app).await.unwrap();
        let router = wami::server::router(Arc::clone(&app), Path::new("target/site"), Assets::default());
        Self { app, router, database }
    }

    /// Its database, where it has one.
    pub fn database(&self) -> &TestDatabase {
        self.database.as_ref().expect("the application is not in memory")
    }

    /// Makes a user of a tenant its administrator, and that of everything below.
    pub async fn administrator(&self, tenant: &str, user: &str) {
        let new = NewAdministrator {
            user_name: user.into(),
            display_name: String::new(),
            email: String::new(),
            password: Secret::new(PASSWORD.into()),
            repeated: Secret::new(PASSWORD.into()),
        };
        setup::create_administrator(&self.app, &tenant.parse().unwrap(), new, "test").await.unwrap();
    }

    /// A browser in which nobody is signed in.
    pub fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: vec![] }
    }

    /// A browser in which somebody is signed in.
    pub async fn signed_in(&self, name: &str) -> Browser {
        let mut browser = self.browser();
        let page = browser.post("/api/account/sign-in", &[("name", name), ("password", PASSWORD)]).await;
        assert_ne!(page.location.as_deref(), Some("/login"), "{name} could not sign in");
        browser
    }

    /// Makes a tenant below one.
    pub async fn tenant(&self, parent: &str, slug: &str) {
        let mut ada = self.signed_in("ada").await;
        let fields = [("tenant", parent), ("slug", slug), ("display_name", slug)];
        ada.call("/api/tenants/create", &fields).await.unwrap();
    }

    /// Makes a user of a tenant who signs in with [`PASSWORD`].
    pub async fn person(&self, tenant: &str, name: &str) {
        let mut ada = self.signed_in("ada").await;
        ada.call("/api/users/create", &[("tenant", tenant), ("draft[user_name]", name)]).await.unwrap();
        let page = ada.post("/api/users/create-link", &[("tenant", tenant), ("name", name)]).await;
        let shown = ada.get(page.location.as_deref().unwrap()).await.text;
        let token = shown.split("/welcome/").nth(1).unwrap()[..64].to_owned();
        let fields = [("token", token.as_str()), ("password", PASSWORD), ("repeated", PASSWORD)];
        self.browser().call("/api/account/accept-link", &fields).await.unwrap();
    }

    /// Assigns a built-in permission set.
    pub async fn assign(&self, tenant: &str, user: &str, set: &str, reach: &str) {
        let mut ada = self.signed_in("ada").await;
        let fields = [
            ("tenant", tenant),
            ("kind", "user"),
            ("principal", user),
            ("set", &self.set_id(set).await),
            ("reach", reach),
        ];
        ada.call("/api/sso/assign", &fields).await.unwrap();
    }

    /// The id of a built-in permission set.
    pub async fn set_id(&self, name: &str) -> String {
        let root = self.app.backend.ensure_root("Root").await.unwrap();
        let parts = self.app.backend.parts(&wami::store::Scope::of_system(root));
        parts.sso.find_permission_set(name).await.unwrap().unwrap().id.to_string()
    }
}

/// A browser without JavaScript: keeps cookies, follows nothing by itself.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    cookies: Vec<(String, String)>,
}

/// An answer.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: StatusCode,
    /// Where it leads.
    pub location: Option<String>,
    /// Its headers.
    pub headers: http::HeaderMap,
    /// Its body.
    pub text: String,
}

impl Browser {
    /// Asks for a page.
    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path).header(header::ACCEPT, "text/html"), Body::empty()).await
    }

    /// Posts a form as a page does.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.post_from(path, fields, "/account").await
    }

    /// Posts a form as the page at `referer` does.
    pub async fn post_from(&mut self, path: &str, fields: &[(&str, &str)], referer: &str) -> Page {
        let request = Request::post(path)
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header(header::REFERER, format!("http://127.0.0.1:3000{referer}"))
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request, Body::from(encode(fields))).await
    }

    /// Calls a server function as an island does.
    pub async fn call(&mut self, path: &str, fields: &[(&str, &str)]) -> Result<String, ApiError> {
        let request = Request::post(path)
            .header(header::ACCEPT, "application/json")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        let page = self.send(request, Body::from(encode(fields))).await;
        if page.status.is_success() {
            return Ok(page.text);
        }
        let error: ApiError =
            serde_json::from_str(&page.text).unwrap_or_else(|_| panic!("{path}: {}: {}", page.status, page.text));
        assert_eq!(error.status(), page.status.as_u16(), "an island reads the true status");
        Err(error)
    }

    /// Sends anything.
    pub async fn send(&mut self, request: http::request::Builder, body: Body) -> Page {
        self.send_to("127.0.0.1:3000", request, body).await
    }

    /// Sends anything, under another name of the server.
    pub async fn send_to(&mut self, host: &str, request: http::request::Builder, body: Body) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::HOST, host).header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (name, value) = cookie.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        let text = String::from_utf8_lossy(&body.collect().await.unwrap().to_bytes()).into_owned();
        let location = parts.headers.get(header::LOCATION).map(|value| value.to_str().unwrap().to_owned());
        Page { status: parts.status, location, headers: parts.headers, text }
    }

    /// Puts a cookie in, as somebody else could.
    pub fn plant(&mut self, name: &str, value: &str) {
        self.cookies.push((name.to_owned(), value.to_owned()));
    }

    /// A cookie's value.
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Fields as a browser sends them.
pub fn encode(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Any method on a path, for requests that are not forms.
pub fn request(method: Method, path: &str) -> http::request::Builder {
    Request::builder().method(method).uri(path)
}
