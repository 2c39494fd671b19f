//! The sheet, the script and the sign: part of the program, served by it, named by their digest.

use std::sync::LazyLock;

use axum::{
    extract::Path,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use model::Digest;

const ASSETS: [(&str, &str, &[u8]); 3] = [
    ("gatehouse.css", "text/css; charset=utf-8", include_bytes!("../assets/gatehouse.css")),
    ("gatehouse.js", "text/javascript; charset=utf-8", include_bytes!("../assets/gatehouse.js")),
    ("gatehouse.svg", "image/svg+xml", include_bytes!("../assets/gatehouse.svg")),
];

/// Changes when an asset changes, so a browser never mixes two versions.
pub(crate) static VERSION: LazyLock<String> = LazyLock::new(|| {
    let all: Vec<u8> = ASSETS.iter().flat_map(|(_, _, bytes)| bytes.iter().copied()).collect();
    Digest::of(&all).short()
});

pub(crate) async fn serve(Path(name): Path<String>) -> Response {
    let Some((_, kind, bytes)) = ASSETS.iter().find(|(asset, _, _)| *asset == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
    ];
    (headers, *bytes).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_small_and_builds_no_markup() {
        let (_, _, script) = ASSETS[1];
        let script = std::str::from_utf8(script).unwrap();
        assert!(script.len() <= 15 * 1024);
        for banned in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"] {
            assert!(!script.contains(banned), "{banned}");
        }
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        for (name, _, bytes) in ASSETS {
            let text = std::str::from_utf8(bytes).unwrap().replace("http://www.w3.org/2000/svg", "");
            assert!(!text.contains("://") && !text.contains("url(") && !text.contains("@import"), "{name}");
        }
    }
}
