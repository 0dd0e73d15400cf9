//! The script of chapter 2 makes the same bytes as the program.

use std::process::Command;
use test_kit::{have, repository, script, succeed, temporary};

#[test]
fn script_and_program_agree() {
    if !have(&["sh", "GNU tar", "gzip"]) {
        return;
    }
    // GNU gzip and zlib agree on small inputs only, so for the larger one it is the archive that counts.
    let both = ["layer.tar", "layer.tar.gz"].as_slice();
    for (rootfs, epoch, artifacts) in [("fixtures/hello/rootfs", "1234567890", both), ("scripts", "0", &both[..1])] {
        let (by_hand, by_program) = (temporary(), temporary());
        let rootfs = repository(rootfs);
        succeed(script("02-make-layer.sh").arg(&rootfs).arg(by_hand.path()).env("SOURCE_DATE_EPOCH", epoch));
        let mut ch02 = Command::new(env!("CARGO_BIN_EXE_ch02-make-layer"));
        succeed(ch02.arg(&rootfs).arg("-o").arg(by_program.path()).env("SOURCE_DATE_EPOCH", epoch));
        for name in artifacts {
            explain_diff::assert_same(&by_program.path().join(name), &by_hand.path().join(name));
        }
    }
}
