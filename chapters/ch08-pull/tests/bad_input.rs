//! Each bad input, its exact message, and what is still there afterwards.

mod common;

use common::{OCI_LAYER, Server, ch08, noise, path_of};
use std::fs;
use std::net::{TcpListener, TcpStream};
use test_kit::{Reply, fails, misbehave, names, temporary};

#[test]
fn malformed_arguments() {
    let out = temporary();
    let systems = "help: the systems are aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 \
                   solaris wasip1 windows";
    let cases = [
        ("Hello", "[REFERENCE]", "malformed repository: \"library/Hello\": \"Hello\" has capital letters".to_owned()),
        (
            "--platform=amd64",
            "--platform <PLATFORM>",
            "a platform is os/architecture or os/architecture/variant, as linux/arm64".to_owned(),
        ),
        (
            "--platform=linux/arm/v7/x",
            "--platform <PLATFORM>",
            "a platform is os/architecture or os/architecture/variant, as linux/arm64".to_owned(),
        ),
        (
            "--platform=macos/arm64",
            "--platform <PLATFORM>",
            format!("unknown platform: macos/arm64: no system has the name macos\n{systems}"),
        ),
        (
            "--platform=linux/arm64/8",
            "--platform <PLATFORM>",
            "unknown platform: linux/arm64/8: a variant of arm64 begins with \"v\"".to_owned(),
        ),
    ];
    for (arg, option, why) in cases {
        let value = arg.trim_start_matches("--platform=");
        let error =
            format!("error: invalid value '{value}' for '{option}': {why}\n\nFor more information, try '--help'.");
        fails(ch08().arg(arg).arg("-o").arg(out.path()), 2, &error);
    }
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn a_closed_port() {
    let out = temporary();
    // The near end of a connection: nobody listens there, and nobody else can take the port.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let held = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let address = held.local_addr().unwrap();
    let why = TcpStream::connect(address).unwrap_err();
    let error = format!("error: cannot pull {address}/r:1: GET http://{address}/v2/r/manifests/1: {why}");
    fails(ch08().arg(format!("{address}/r:1")).arg("-o").arg(out.path()), 1, &error);
    assert_eq!(names(out.path()), [""; 0], "nothing is begun");
}

#[test]
fn what_the_registry_does_not_have() {
    let (server, out) = (Server::new(), temporary());
    let ran = server.pull(":1", out.path(), &[]);
    let told = "error: cannot pull ADDRESS/r:1: GET http://ADDRESS/v2/r/manifests/1: the registry answered 404 Not Found: \
                MANIFEST_UNKNOWN: no such manifest here: 1\n";
    assert_eq!((ran.stderr.as_str(), ran.code), (told, Some(1)));
}

#[test]
fn somebody_s_directory_where_the_layout_should_go() {
    let (server, out) = (Server::new(), temporary());
    server.image(Some("1"), "linux/amd64", &[]);
    let place = out.path().join("oci");
    fs::create_dir(&place).unwrap();
    fs::write(place.join("work"), "kept").unwrap();
    let ran = server.pull(":1", out.path(), &[]);
    let told = format!(
        "error: cannot pull ADDRESS/r:1: cannot write: {}: a directory of that name is there, and this program did not make it\n\
         help: choose another directory with --out\n",
        place.display()
    );
    assert_eq!((ran.stderr, ran.code), (told, Some(1)));
    assert_eq!((names(&place), names(out.path())), (vec!["work".to_owned()], vec!["oci".to_owned()]));
}

#[test]
fn somebody_s_file_where_the_layout_should_go() {
    let (server, out) = (Server::new(), temporary());
    server.image(Some("1"), "linux/amd64", &[]);
    let place = out.path().join("oci");
    fs::write(&place, "kept").unwrap();
    let ran = server.pull(":1", out.path(), &[]);
    let told = format!(
        "error: cannot pull ADDRESS/r:1: cannot write: {}: a file of that name is there, and this program did not make it\n\
         help: choose another directory with --out\n",
        place.display()
    );
    assert_eq!((ran.stderr, ran.code), (told, Some(1)));
    assert_eq!((fs::read(&place).unwrap(), names(out.path())), (b"kept".to_vec(), vec!["oci".to_owned()]));
}

#[test]
fn an_index_that_is_none() {
    let (server, out) = (Server::new(), temporary());
    server.image(Some("1"), "linux/amd64", &[]);
    assert_eq!(server.pull(":1", out.path(), &["--platform=linux/amd64"]).code, Some(0));
    let index = out.path().join("oci").join("index.json");
    fs::write(&index, "{").unwrap();
    let ran = server.pull(":1", out.path(), &["--platform=linux/amd64"]);
    let told = format!(
        "error: cannot pull ADDRESS/r:1: cannot read: {}: malformed index: EOF while parsing an object at line 1 column 1\n",
        index.display()
    );
    assert_eq!((ran.stderr, ran.code), (told, Some(1)));
    assert_eq!(fs::read(&index).unwrap(), b"{");
}

#[test]
fn a_damaged_blob_is_fetched_anew() {
    let (server, out) = (Server::new(), temporary());
    let layers = [server.blob(OCI_LAYER, &noise(1000, 1)), server.blob(OCI_LAYER, &noise(1000, 2))];
    server.image(Some("1"), "linux/amd64", &layers);
    assert_eq!(server.pull(":1", out.path(), &["--platform=linux/amd64"]).code, Some(0));
    for damaged in [noise(1000, 3), noise(999, 1), noise(1001, 1), vec![]] {
        fs::write(path_of(out.path(), &layers[0]), damaged).unwrap();
        let ran = server.pull(":1", out.path(), &["--platform=linux/amd64"]);
        let told: Vec<&str> = ran
            .stdout
            .lines()
            .filter(|line| line.contains(" bytes  "))
            .filter_map(|line| line.split("  ").last())
            .collect();
        assert_eq!(told, ["linux/amd64", "already there", "pulled", "already there"], "{}{}", ran.stdout, ran.stderr);
        assert!(fs::read(path_of(out.path(), &layers[0])).unwrap() == noise(1000, 1));
    }
}

/// A pull that fails leaves what the layout held, and its index as it was.
#[test]
fn a_failed_pull_takes_nothing_away() {
    let (server, out) = (Server::new(), temporary());
    let layer = server.blob(OCI_LAYER, &noise(1000, 1));
    server.image(Some("1"), "linux/amd64", &[]);
    server.image(Some("2"), "linux/amd64", &[layer]);
    assert_eq!(server.pull(":1", out.path(), &["--platform=linux/amd64"]).code, Some(0));
    let before = fs::read(out.path().join("oci/index.json")).unwrap();
    let registry = misbehave(server.address(), |request| match request.is("GET", &noise_path()) {
        true if request.header("range").is_none() => Reply::CutAfter(10),
        true => Reply::Cut,
        false => Reply::Forward,
    });
    let ran = common::pull(&format!("{}/r:2", registry.address), out.path(), &["--platform=linux/amd64"]);
    assert_eq!(ran.code, Some(1), "{}", ran.stderr);
    assert_eq!(fs::read(out.path().join("oci/index.json")).unwrap(), before);
    let stays = names(&out.path().join(".unfinished-pull"));
    assert_eq!(stays.len(), 1, "{stays:?}");
}

fn noise_path() -> String {
    format!("/blobs/{}", ch03_digest::Digest::of(&noise(1000, 1)))
}

#[test]
fn one_pull_at_a_time() {
    let (server, out) = (Server::new(), temporary());
    server.image(Some("1"), "linux/amd64", &[]);
    let lock = workbench::lock(out.path()).unwrap();
    let ran = server.pull(":1", out.path(), &["--platform=linux/amd64"]);
    let told = format!(
        "error: cannot pull ADDRESS/r:1: cannot write to the output directory: {}: another pull writes there\n\
         help: wait for its end, or choose another directory with --out\n",
        out.path().join("").display()
    );
    assert_eq!((ran.stderr, ran.code), (told, Some(1)));
    drop(lock);
    assert_eq!(server.pull(":1", out.path(), &["--platform=linux/amd64"]).code, Some(0));
}

/// What has arrived when a signal ends the program is where the next run finds it.
#[cfg(unix)]
#[test]
fn interrupted() {
    use std::process::Stdio;
    use std::time::{Duration, Instant};
    for signal in ["INT", "TERM", "KILL"] {
        let (server, out) = (Server::new(), temporary());
        let layer = server.blob(OCI_LAYER, &noise(1000, 1));
        server.image(Some("1"), "linux/amd64", &[layer]);
        let registry = misbehave(server.address(), |request| match request.is("GET", &noise_path()) {
            true => Reply::StallAfter(10),
            false => Reply::Forward,
        });
        let mut pulling = ch08();
        pulling.arg(format!("{}/r:1", registry.address)).arg("-o").arg(out.path()).arg("--platform=linux/amd64");
        let mut pulling = pulling.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let part = out.path().join(noise_path().replace("/blobs/", ".unfinished-pull/").replace(':', "-"));
        let start = Instant::now();
        while fs::metadata(&part).map_or(0, |metadata| metadata.len()) < 10 {
            assert!(start.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(5));
        }
        test_kit::succeed(std::process::Command::new("kill").arg(format!("-{signal}")).arg(pulling.id().to_string()));
        assert!(!pulling.wait().unwrap().success());
        assert!(!out.path().join("oci/index.json").exists());
        let ran = server.pull(":1", out.path(), &["--platform=linux/amd64"]);
        assert!(ran.stdout.contains("continued at 10\n"), "{signal}: {}{}", ran.stdout, ran.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_directory_that_cannot_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let (server, out) = (Server::new(), temporary());
    server.image(Some("1"), "linux/amd64", &[]);
    assert_eq!(server.pull(":1", out.path(), &["--platform=linux/amd64"]).code, Some(0));
    if !test_kit::have(&["setpriv"]) {
        return;
    }
    let oci = out.path().join("oci");
    fs::set_permissions(&oci, fs::Permissions::from_mode(0o500)).unwrap();
    let mut command = ch08();
    command.arg(format!("{}/r:1", server.address())).arg("-o").arg(out.path()).arg("--platform=linux/amd64");
    let ran = test_kit::run(&mut test_kit::unprivileged(&command));
    fs::set_permissions(&oci, fs::Permissions::from_mode(0o700)).unwrap();
    let told = format!(
        "error: cannot pull {}/r:1: cannot write: {}: Permission denied (os error 13)\n",
        server.address(),
        oci.join("index.json").display()
    );
    assert_eq!((ran.stderr, ran.code), (told, Some(1)));
}
