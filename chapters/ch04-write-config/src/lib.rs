//! Chapter 4: the configuration says how to run the image.
//!
//! A layer is files. What to start, as whom, where and with which environment is told in a JSON document beside it.
//! All of it are defaults: `effective` shows what remains of them when Docker or Kubernetes is told otherwise.

mod config;
mod effective;
mod platform;
mod settings;

pub use config::{ContainerConfig, History, ImageConfig, RootFs};
pub use effective::{Effective, Overrides, effective, expand};
pub use platform::check_platform;
pub use settings::{Settings, Words, pair, set_env, words};

use ch03_digest::Layer;
use std::time::{Duration, UNIX_EPOCH};

/// The configuration of an image of one layer. `created` is in seconds since 1970.
pub fn image_config(settings: &Settings, layer: &Layer, created: u64) -> ImageConfig {
    let created = humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(created)).to_string();
    // Each layer has one entry of the history; an entry that made no layer says so. Both tools say what made them.
    let of_layer = History { created: created.clone(), created_by: "ch02-make-layer".into(), empty_layer: false };
    let of_config = History { created: created.clone(), created_by: "ch04-write-config".into(), empty_layer: true };
    ImageConfig {
        created,
        author: settings.author.clone(),
        architecture: settings.arch.clone(),
        os: settings.os.clone(),
        variant: settings.variant.clone(),
        config: settings.container_config(),
        rootfs: RootFs { diff_ids: vec![layer.diff_id.clone()], kind: "layers" },
        history: vec![of_layer, of_config],
    }
}
