//! Each bad input, its exact message, and what is still there afterwards.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use test_kit::{fails, names, temporary};

fn ch06() -> Command {
    Command::new(env!("CARGO_BIN_EXE_ch06-push"))
}

const LAYER: &str = "sha256:47b7a6f8d6ab12ab5909a19aae9fb1293c32972a18aa33271955bfd31c7e1eef";

#[test]
fn a_closed_port() {
    let out = temporary();
    // The near end of a connection: nobody listens there, and nobody else can take the port.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let held = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let address = held.local_addr().unwrap();
    let why = TcpStream::connect(address).unwrap_err();
    let error = format!(
        "error: cannot push to {address}/hello:1: cannot push the layer: HEAD http://{address}/v2/hello/blobs/{LAYER}: {why}"
    );
    fails(ch06().arg(format!("{address}/hello:1")).arg("-o").arg(out.path()), 1, &error);
    assert!(names(out.path()).contains(&"image.tar".to_owned()), "the image itself is there");
}

#[test]
fn malformed_arguments() {
    let out = temporary();
    let cases = [
        (
            vec!["Hello"],
            "[REFERENCE]",
            "Hello",
            "malformed repository: \"library/Hello\": \"Hello\" has capital letters",
        ),
        (
            vec!["localhost:5000/a:b+c"],
            "[REFERENCE]",
            "localhost:5000/a:b+c",
            "malformed tag: \"b+c\": only letters, digits, underscores, dots and dashes may stand in it",
        ),
        (
            vec!["--mount-from", "A"],
            "--mount-from <REPO>",
            "A",
            "malformed repository: \"A\": \"A\" has capital letters",
        ),
    ];
    for (args, option, value, why) in cases {
        let error =
            format!("error: invalid value '{value}' for '{option}': {why}\n\nFor more information, try '--help'.");
        fails(ch06().args(args).arg("-o").arg(out.path()), 2, &error);
    }
    assert_eq!(names(out.path()), [""; 0]);
}

#[test]
fn somebody_s_directory_where_the_registry_should_go() {
    let out = temporary();
    let place = out.path().join("registry");
    fs::create_dir(&place).unwrap();
    fs::write(place.join("work"), "kept").unwrap();
    let error = format!(
        "error: cannot write: {}: a directory of that name is there, and this program did not make it\n\
         help: choose another directory with --out",
        place.display()
    );
    fails(ch06().arg("-o").arg(out.path()), 1, &error);
    assert_eq!(fs::read(place.join("work")).unwrap(), b"kept");
}

/// 0.0.0.0 is this machine, on Linux, but is no loopback address, so it is spoken to over HTTPS.
#[cfg(target_os = "linux")]
#[test]
fn a_bad_certificate() {
    use std::io::{BufRead, BufReader};
    use std::process::Stdio;
    if !test_kit::have(&["openssl", "python3"]) {
        return;
    }
    let (work, out) = (temporary(), temporary());
    let (key, certificate) = (work.path().join("key"), work.path().join("certificate"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.args(["-addext", "subjectAltName=IP:0.0.0.0", "-days", "36500", "-keyout"]).arg(&key).arg("-out");
    test_kit::succeed(openssl.arg(&certificate));
    let server = "import socket, ssl, sys
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(sys.argv[2], sys.argv[1])
listener = socket.create_server(('127.0.0.1', 0))
print(listener.getsockname()[1], flush=True)
try: context.wrap_socket(listener.accept()[0], server_side=True)
except ssl.SSLError: pass";
    let mut python = Command::new("python3");
    python.arg("-c").arg(server).arg(&key).arg(&certificate).stdout(Stdio::piped());
    let mut python = python.spawn().unwrap();
    let mut port = String::new();
    BufReader::new(python.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let registry = format!("0.0.0.0:{}", port.trim());
    let error = format!(
        "error: cannot push to {registry}/hello:1: cannot push the layer: \
         HEAD https://{registry}/v2/hello/blobs/{LAYER}: invalid peer certificate: UnknownIssuer\n\
         help: add the certificate of its authority to the system's, or name its file in SSL_CERT_FILE"
    );
    fails(ch06().arg(format!("{registry}/hello:1")).arg("-o").arg(out.path()), 1, &error);
    python.wait().unwrap();
}
