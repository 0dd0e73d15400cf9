// ch08_resume: continue a download that was cut
//
// Goal: you can tell from the answer to a request with `Range` whether its body goes behind what you have.
// To do: write `next`. 206 with a Content-Range that begins where you stopped: append. 200: the body is the whole blob.
// 416, and 206 with any other range or none: ask for the whole blob. Any other status is an error.
// Read: the book, ch08-pull, "A blob in two pieces" and "One blob"; RFC 9110, sections 14.4 and 15.3.7.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Write the body behind what is there.
    Append,
    /// Throw away what is there. The body is the blob from its beginning.
    StartOver,
    /// Throw away what is there and the body too, and send a request without `Range`.
    AskAgain,
}

/// What to do with the answer to `Range: bytes=HAVE-`, sent for a blob of `size` bytes of which `have` are there.
///
/// A Content-Range is `bytes FIRST-LAST/TOTAL`, and LAST is the place of the last byte, so it is less than TOTAL. The
/// TOTAL may be `*`, for a registry that does not know it; otherwise it must be `size`.
fn next(have: u64, size: u64, status: u16, content_range: Option<&str>) -> Result<Next, String> {
    // TODO: this looks for the header, and not at what it says.
    match content_range {
        Some(range) if range.starts_with("bytes ") && have < size => Ok(Next::Append),
        Some(_) => Ok(Next::AskAgain),
        None if status < 500 => Ok(Next::StartOver),
        None => Err(format!("the registry answered {status}")),
    }
}

const LAYER: &[u8] =
    include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/hello/reference/layer.tar.gz"));

/// The blob, of which `have` is there, after an answer. None if a second request is needed.
fn after(have: &[u8], answer: (u16, Option<&str>, &[u8])) -> Result<Option<Vec<u8>>, String> {
    let (status, content_range, body) = answer;
    Ok(match next(have.len() as u64, LAYER.len() as u64, status, content_range)? {
        Next::Append => Some([have, body].concat()),
        Next::StartOver => Some(body.to_vec()),
        Next::AskAgain => None,
    })
}

fn main() {
    let have = &LAYER[..210];
    let answers = [
        ("the rest", (206, Some("bytes 210-420/421"), &LAYER[210..])),
        ("all of it", (200, None, LAYER)),
        ("there is no such place", (416, Some("bytes */421"), &b"{}"[..])),
    ];
    for (what, answer) in answers {
        let blob = after(have, answer);
        println!("{what}: {:?}", blob.map(|blob| blob.map(|bytes| bytes == LAYER)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 210 bytes of the layer are there, and 421 is its size.
    #[track_caller]
    fn check(status: u16, content_range: Option<&str>, wanted: Next, why: &str) {
        let came = next(210, 421, status, content_range);
        assert_eq!(
            came,
            Ok(wanted),
            "\nRange: bytes=210-\nanswer: {status}, Content-Range: {content_range:?}\n{why}\n"
        );
    }

    #[test]
    fn the_rest_goes_behind_what_is_there() {
        let answer = (206, Some("bytes 210-420/421"), &LAYER[210..]);
        assert_eq!(
            after(&LAYER[..210], answer),
            Ok(Some(LAYER.to_vec())),
            "\n210 bytes are there, and the other 211 came\n"
        );
        check(
            206,
            Some("bytes 210-420/*"),
            Next::Append,
            "The registry streams the blob, and does not know its length.",
        );
        let why =
            "A server may send less than it was asked for. What it sent belongs here, and the rest is asked for later.";
        check(206, Some("bytes 210-299/421"), Next::Append, why);
    }

    #[test]
    fn a_registry_without_ranges_sends_all_of_it() {
        let came = after(&LAYER[..210], (200, None, LAYER));
        assert_eq!(came, Ok(Some(LAYER.to_vec())), "\n200 means: here is the blob, from its beginning\n");
        check(
            200,
            Some("bytes 210-420/421"),
            Next::StartOver,
            "With a 200, a Content-Range has no meaning. RFC 9110, 14.4.",
        );
    }

    #[test]
    fn a_place_that_is_not_there_is_asked_for_no_more() {
        let why = "The body of a 416 is an error message, and no part of any blob. Its Content-Range has no FIRST and \
         no LAST.";
        check(416, Some("bytes */421"), Next::AskAgain, why);
        check(416, None, Next::AskAgain, why);
    }

    #[test]
    fn another_range_is_not_appended() {
        for (text, why) in [
            ("bytes 0-420/421", "It begins at the beginning: the blob would have 631 bytes."),
            ("bytes 211-420/421", "Byte 210 is missing."),
            ("bytes 2100-4200/4210", "It begins with 2100."),
            ("bytes 210-420/422", "It is a part of a blob that has 422 bytes."),
            ("bytes 210-421/421", "Byte 421 would be the 422nd."),
            ("bytes 210-421/*", "Byte 421 would be the 422nd, whether or not the registry knows it."),
            ("bytes 210-209/421", "It ends before it begins."),
        ] {
            check(206, Some(text), Next::AskAgain, why);
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_appended() {
        check(206, None, Next::AskAgain, "Nobody knows where the body belongs.");
        let no_ranges = [
            "bytes 210-420",
            "210-420/421",
            "bytes */421",
            "bytes 210/421",
            "lines 210-420/421",
            "bytes x-420/421",
            "",
        ];
        for text in no_ranges {
            check(206, Some(text), Next::AskAgain, "This is no Content-Range of bytes with FIRST, LAST and TOTAL.");
        }
        for (status, range) in [(404, None), (401, None), (500, None), (301, None), (404, Some("bytes 210-420/421"))] {
            let came = next(210, 421, status, range);
            assert!(
                came.is_err(),
                "\nRange: bytes=210-\nanswer: {status}, Content-Range: {range:?}\nthe registry has no such blob, or \
                 does \
                 not give it: this is an error, and yours is {came:?}\n"
            );
        }
    }
}
