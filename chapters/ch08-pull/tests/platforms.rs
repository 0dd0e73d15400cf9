//! Which image is chosen from an index.

mod common;

use ch03_digest::{Descriptor, Digest};
use ch08_pull::{open_layout, parse_platform, this_machine};
use common::{OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Server, blobs, for_platform};
use serde_json::json;
use std::fs;
use test_kit::{Reply, answer, misbehave, temporary};

/// Pulls from an index of images for these platforms, and says which was chosen: by its place.
fn choose(platforms: &[&str], wanted: &str) -> Result<usize, String> {
    let (server, out) = (Server::new(), temporary());
    let entries: Vec<Descriptor> = platforms
        .iter()
        .enumerate()
        .map(|(place, platform)| {
            // Another config for each, so that each has another digest.
            let config = server.blob(OCI_CONFIG, format!("{{\"place\":{place}}}").as_bytes());
            let image = server.manifest(None, &json!({"schemaVersion": 2, "config": config, "layers": []}));
            for_platform(&image, platform)
        })
        .collect();
    server.index(Some("1"), &entries);
    let ran = server.pull(":1", out.path(), &["--platform", wanted]);
    if ran.code != Some(0) {
        assert_eq!(blobs(out.path()), [""; 0], "nothing is pulled");
        return Err(ran.stderr);
    }
    let line = ran.stdout.lines().last().unwrap().to_owned();
    let wanted = parse_platform(wanted).unwrap();
    let found = open_layout(&out.path().join("oci"), Some(&wanted)).unwrap().manifest;
    let place = entries.iter().position(|entry| line.ends_with(&entry.digest.to_string())).unwrap();
    assert_eq!((&found.digest, &found.platform), (&entries[place].digest, &entries[place].platform));
    Ok(place)
}

#[test]
fn the_first_that_fits() {
    let cases: [(&[&str], &str, usize); 14] = [
        (&["linux/arm64", "linux/amd64"], "linux/amd64", 1),
        (&["windows/amd64", "linux/amd64"], "linux/amd64", 1),
        (&["linux/amd64", "linux/amd64"], "linux/amd64", 0),
        (&["linux/arm64"], "linux/arm64/v8", 0),
        (&["linux/arm64/v8"], "linux/arm64", 0),
        (&["linux/arm64/8"], "linux/arm64", 0),
        (&["linux/amd64/v1"], "linux/amd64", 0),
        (&["linux/amd64/v2", "linux/amd64"], "linux/amd64", 1),
        (&["linux/amd64", "linux/amd64/v2", "linux/amd64/v4"], "linux/amd64/v3", 1),
        (&["linux/arm/v5", "linux/arm/v6", "linux/arm/v7", "linux/arm/v8"], "linux/arm/v7", 2),
        (&["linux/arm/v5", "linux/arm/v6"], "linux/arm/v7", 1),
        (&["linux/arm/v8", "linux/arm"], "linux/arm/v7", 1),
        (&["linux/arm/v5"], "linux/arm", 0),
        (&["linux/ppc64le/power8", "linux/ppc64le/power9"], "linux/ppc64le/power9", 1),
    ];
    for (platforms, wanted, place) in cases {
        assert_eq!(choose(platforms, wanted), Ok(place), "{wanted} of {platforms:?}");
    }
}

#[test]
fn none_that_fits() {
    let told = |why: &str| Err(format!("error: cannot pull ADDRESS/r:1: {why}\nhelp: choose with --platform\n"));
    let offered = ["linux/amd64", "unknown/unknown", "linux/arm/v7", "linux/amd64", "linux/arm/v7"];
    let list = "only for linux/amd64, linux/arm/v7";
    assert_eq!(choose(&offered, "linux/arm64"), told(&format!("there is no image for linux/arm64, {list}")));
    assert_eq!(choose(&offered, "linux/arm/v6"), told(&format!("there is no image for linux/arm/v6, {list}")));
    let nothing = "there is no image for linux/arm64, nor for any other platform";
    let nothing = Err(format!("error: cannot pull ADDRESS/r:1: {nothing}\n"));
    assert_eq!(choose(&["unknown/unknown"], "linux/arm64"), nothing);
    assert_eq!(choose(&[], "linux/arm64"), nothing);
    let escape = told("there is no image for linux/arm64, only for linux/ [31m");
    assert_eq!(choose(&["linux/\x1b[31m"], "linux/arm64"), escape);
    let variant = told("there is no image for linux/ppc64le/power8, only for linux/ppc64le/power9");
    assert_eq!(choose(&["linux/ppc64le/power9"], "linux/ppc64le/power8"), variant);
}

#[test]
fn without_the_option_it_is_this_machine() {
    let (server, out) = (Server::new(), temporary());
    let here = ch08_pull::platform_name(&this_machine());
    let (other, ours) = (server.image(None, "linux/s390x", &[]), server.image(None, &here, &[]));
    server.index(Some("1"), &[for_platform(&other, "linux/s390x"), for_platform(&ours, &here)]);
    let ran = server.pull(":1", out.path(), &[]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    assert!(ran.stdout.contains(&ours.digest.to_string()), "{}", ran.stdout);
}

/// Its config says what it is for; what is no image is passed over.
#[test]
fn an_entry_without_a_platform() {
    let (server, out) = (Server::new(), temporary());
    let helm = server.blob("application/vnd.cncf.helm.config.v1+json", b"{}");
    let chart = server.manifest(None, &json!({"schemaVersion": 2, "config": helm, "layers": []}));
    let unheard_of = server.blob("application/x-unheard-of", b"?");
    let (other, ours) = (server.image(None, "linux/arm64", &[]), server.image(None, "linux/arm/v6", &[]));
    let index = server.index(Some("1"), &[chart, unheard_of, other, ours.clone()]);
    let ran = server.pull(":1", out.path(), &["--platform=linux/arm/v7"]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    assert!(
        ran.stdout.contains(&format!("index     {}  {} bytes  2 images\n", index.digest, index.size)),
        "{}",
        ran.stdout
    );
    let found = open_layout(&out.path().join("oci"), Some(&parse_platform("linux/arm/v7").unwrap())).unwrap();
    assert_eq!(found.manifest.digest, ours.digest);
    assert_eq!(found.manifest.platform, Some(parse_platform("linux/arm/v6").unwrap()));
    assert_eq!(blobs(out.path()).len(), 2, "what was only looked at is not kept");
}

#[test]
fn an_index_in_an_index() {
    let (server, out) = (Server::new(), temporary());
    let (one, two) = (server.image(None, "linux/arm/v6", &[]), server.image(None, "linux/arm/v7", &[]));
    let inner = server.index(None, &[for_platform(&two, "linux/arm/v7")]);
    server.index(Some("1"), &[for_platform(&one, "linux/arm/v6"), server.index(None, &[inner])]);
    let ran = server.pull(":1", out.path(), &["--platform=linux/arm/v7"]);
    assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)));
    assert!(ran.stdout.ends_with(&format!("ADDRESS/r@{}\n", two.digest)), "{}", ran.stdout);
}

/// What is not needed may be missing, and what is no image may be anything.
#[test]
fn entries_that_are_of_no_use() {
    let (server, out) = (Server::new(), temporary());
    let image = for_platform(&server.image(None, "linux/amd64", &[]), "linux/amd64");
    let missing = Digest::of(b"missing");
    let odd = [
        json!({"mediaType": "application/x", "digest": "blake3:0", "size": 3}),
        json!({"mediaType": "application/x", "digest": missing, "size": 3, "platform": {}}),
        json!({"mediaType": OCI_MANIFEST, "digest": missing, "size": 3}),
        json!({"mediaType": OCI_INDEX, "digest": missing, "size": 3}),
    ];
    for entry in odd {
        let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry, image]}).to_string();
        let registry = misbehave(server.address(), move |request| match request.is("GET", "/manifests/1") {
            true => answer("200 OK", &[&format!("content-type: {OCI_INDEX}")], &index),
            false => Reply::Forward,
        });
        let pull = |platform| common::pull(&format!("{}/r:1", registry.address), out.path(), &[platform]);
        let ran = pull("--platform=linux/amd64");
        assert_eq!((ran.stderr.as_str(), ran.code), ("", Some(0)), "{entry}");
        // Where nothing fits, what may be an image is asked for.
        let told = match entry["mediaType"] == "application/x" {
            true => "there is no image for linux/arm64, only for linux/amd64\nhelp: choose with --platform".to_owned(),
            false => format!("GET http://ADDRESS/v2/r/manifests/{missing}: the registry answered 404 Not Found"),
        };
        let ran = pull("--platform=linux/arm64");
        assert!(ran.stderr.starts_with(&format!("error: cannot pull ADDRESS/r:1: {told}")), "{}", ran.stderr);
    }
}

#[test]
fn an_index_of_very_many_images() {
    let (server, out) = (Server::new(), temporary());
    let image = for_platform(&server.image(None, "linux/arm64", &[]), "linux/arm64");
    server.index(Some("1"), &vec![image; 1002]);
    let ran = server.pull(":1", out.path(), &["--platform=linux/amd64"]);
    let told = "error: cannot pull ADDRESS/r:1: the index holds more than 1000 images\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (told, Some(1)));
}

#[test]
fn an_index_without_end() {
    let (server, out) = (Server::new(), temporary());
    let mut index = server.index(None, &[]);
    for _ in 0..101 {
        index = server.index(Some("1"), &[index]);
    }
    let ran = server.pull(":1", out.path(), &[]);
    let told = "error: cannot pull ADDRESS/r:1: the index holds more than 100 documents\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (told, Some(1)));
}

/// What the index says of a manifest, and what the registry says of it.
#[test]
fn an_index_that_lies() {
    let (server, out) = (Server::new(), temporary());
    let image = for_platform(&server.image(None, "linux/amd64", &[]), "linux/amd64");
    let digest = &image.digest;
    let docker = "application/vnd.docker.distribution.manifest.v2+json";
    let cases = [
        (
            Descriptor { size: image.size + 1, ..image.clone() },
            format!(
                "the registry sent other bytes: not {digest} of {} bytes, but {digest} of {} bytes",
                image.size + 1,
                image.size
            ),
        ),
        (
            Descriptor { media_type: docker.into(), ..image.clone() },
            format!("{digest} is \"{}\", and was listed as \"{docker}\"", image.media_type),
        ),
        (
            Descriptor { platform: None, media_type: OCI_INDEX.into(), ..image.clone() },
            format!("{digest} is \"{}\", and was listed as \"{OCI_INDEX}\"", image.media_type),
        ),
    ];
    for (entry, told) in cases {
        server.index(Some("1"), &[entry]);
        let ran = server.pull(":1", out.path(), &["--platform=linux/amd64"]);
        assert_eq!((ran.stderr, ran.code), (format!("error: cannot pull ADDRESS/r:1: {told}\n"), Some(1)));
    }
}

/// Docker takes it as well, and warns when it is to run.
#[test]
fn a_single_image_for_another_platform() {
    let (server, out) = (Server::new(), temporary());
    server.image(Some("1"), "linux/s390x", &[]);
    let ran = server.pull(":1", out.path(), &["--platform=linux/amd64"]);
    let told = "error: cannot pull ADDRESS/r:1: there is no image for linux/amd64, only for linux/s390x\n\
                help: choose with --platform\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (told, Some(1)));
    assert!(!out.path().join("oci/index.json").exists());
    let ran = server.pull(":1", out.path(), &[]);
    let here = ch08_pull::platform_name(&this_machine());
    let note = format!("note: the image is for linux/s390x, and this machine is {here}\n");
    assert_eq!((ran.stderr, ran.code), (note, Some(0)));
    let error = open_layout(&out.path().join("oci"), Some(&parse_platform("linux/arm64").unwrap())).unwrap_err();
    let layout = out.path().join("oci");
    let told = format!(
        "cannot read the image layout: {}: there is no image for linux/arm64, only for linux/s390x\n\
         help: choose with --platform",
        layout.display()
    );
    test_kit::refuses(error, &told);
    assert_eq!(open_layout(&layout, None).unwrap().manifest.platform, Some(parse_platform("linux/s390x").unwrap()));
}

/// A layout of others, which lists an index and an entry without a platform, and what is wrong with others.
#[test]
fn layouts() {
    let work = temporary();
    let layout = work.path();
    fs::create_dir_all(layout.join("blobs/sha256")).unwrap();
    let put = |media_type: &str, bytes: &[u8]| {
        let blob = Descriptor::new(media_type, Digest::of(bytes), bytes.len() as u64);
        fs::write(layout.join("blobs/sha256").join(blob.digest.hex()), bytes).unwrap();
        blob
    };
    let config = put(OCI_CONFIG, br#"{"os":"linux","architecture":"arm64"}"#);
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": []}).to_string();
    let image = put(common::OCI_MANIFEST, manifest.as_bytes());
    let inner = json!({"schemaVersion": 2, "manifests": [image]}).to_string();
    let inner = put(OCI_INDEX, inner.as_bytes());
    let index = |value: serde_json::Value| fs::write(layout.join("index.json"), value.to_string()).unwrap();
    let open = || open_layout(layout, Some(&parse_platform("linux/arm64").unwrap()));
    let failed = |told: &str| {
        let told = told.replace("LAYOUT", &layout.display().to_string());
        test_kit::refuses(open().unwrap_err(), &told);
    };
    index(json!({"schemaVersion": 2, "manifests": [inner]}));
    assert_eq!(open().unwrap().config, config);
    // An attestation is no second image.
    let attestation = for_platform(&put(common::OCI_MANIFEST, b"{}"), "unknown/unknown");
    index(json!({"schemaVersion": 2, "manifests": [attestation, inner]}));
    assert_eq!(open_layout(layout, None).unwrap().config, config);

    let path = layout.join(format!("blobs/sha256/{}", image.digest.hex()));
    fs::write(&path, "damaged").unwrap();
    let digest = Digest::of(b"damaged");
    let damaged =
        format!("damaged: {}: not {} of {} bytes, but {digest} of 7 bytes", path.display(), image.digest, image.size);
    failed(&format!("cannot read the image layout: LAYOUT: {damaged}"));
    index(json!({"schemaVersion": 2, "config": config, "layers": []}));
    failed(
        "cannot read the image layout: LAYOUT: malformed manifest: it does not hold what application/vnd.oci.image.index.v1+json does",
    );
    fs::write(layout.join("index.json"), vec![b' '; 4 * 1024 * 1024 + 1]).unwrap();
    failed(&format!("cannot read: {}: it is longer than 4 MiB", layout.join("index.json").display()));
}
