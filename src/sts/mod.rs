//! Temporary credentials. The room is laid with its store part; its operations come with the sessions they need.
