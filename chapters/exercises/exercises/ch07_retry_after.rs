// ch07_retry_after: wait as long as a busy registry says
//
// Goal: a client that does not help to bring a registry down a second time.
// To do: send, and while the registry is busy, wait and send again, five times in all; then return the last answer.
// Wait the seconds in Retry-After. If it is not there, or no number, wait 1 second after the first answer, 2 after
// the second, then 4 and 8. If Retry-After says more than a minute, do not wait, and return an error that says how many
// seconds it wanted.
// Read: the book, ch07-log-in, "In Rust"; RFC 9110, section 10.2.3.

use std::time::Duration;

const TRIES: u32 = 5;
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// An answer, as far as waiting needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Response {
    status: u16,
    /// The text of the header.
    retry_after: Option<&'static str>,
}

/// Whether the registry may have time for the same request later.
fn is_busy(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// Sends a request until it is answered. `sleep` waits; a test puts something else in its place.
fn send_patiently(send: &mut dyn FnMut() -> Response, sleep: &mut dyn FnMut(Duration)) -> Result<Response, String> {
    // TODO: this does not ask how long the registry wants to be left alone, and waits even after the last try.
    for _ in 0..TRIES {
        let response = send();
        if !is_busy(response.status) {
            return Ok(response);
        }
        sleep(LONGEST_WAIT);
    }
    Err("the registry is busy".to_owned())
}

fn main() {
    let mut answers = [(429, Some("7")), (200, None)].into_iter();
    let mut send = || {
        let (status, retry_after) = answers.next().unwrap_or((200, None));
        println!("the registry answers {status}");
        Response { status, retry_after }
    };
    let mut sleep = |time: Duration| println!("here {} seconds would pass", time.as_secs());
    println!("{:?}", send_patiently(&mut send, &mut sleep));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy(status: u16, retry_after: Option<&'static str>) -> Response {
        Response { status, retry_after }
    }

    const OK: Response = Response { status: 200, retry_after: None };

    /// What a registry that gives these answers, and the last one again and again, makes of a client: the result, the
    /// seconds of each wait, and the number of requests.
    fn send_to(answers: &[Response]) -> (Result<Response, String>, Vec<u64>, usize) {
        let (mut requests, mut waits) = (0, Vec::new());
        let mut send = || {
            requests += 1;
            assert!(requests <= 10, "\nthe registry was asked ten times, and still does not want you\n");
            answers[answers.len().min(requests) - 1]
        };
        let result = send_patiently(&mut send, &mut |time| waits.push(time.as_secs()));
        (result, waits, requests)
    }

    fn check(answers: &[Response], wanted: Response, waits: &[u64], requests: usize, why: &str) {
        let came = send_to(answers);
        assert_eq!(
            came,
            (Ok(wanted), waits.to_vec(), requests),
            "\nthe registry answers {answers:?}\nwanted {wanted:?} after {requests} requests and waits of {waits:?} \
             seconds\n\
             came   {:?} after {} requests and waits of {:?} seconds\n{why}\n",
            came.0,
            came.2,
            came.1
        );
    }

    #[test]
    fn an_answer_is_an_answer() {
        check(&[OK], OK, &[], 1, "Nothing to wait for.");
        for status in [401, 404, 501] {
            let answer = busy(status, None);
            check(&[answer], answer, &[], 1, "The same request will get the same answer later: waiting is no help.");
        }
    }

    #[test]
    fn the_registry_says_how_long() {
        let answers = [busy(429, Some("7")), busy(503, Some("20")), OK];
        check(&answers, OK, &[7, 20], 3, "Each Retry-After is for the wait that follows.");
        check(&[busy(503, Some("0")), OK], OK, &[0], 2, "Zero seconds is what it asks for: send again at once.");
        check(&[busy(429, Some("60")), OK], OK, &[60], 2, "A minute is not more than a minute.");
    }

    #[test]
    fn without_a_number_each_wait_is_twice_the_one_before() {
        let why = "Five requests have four waits between them. The fifth answer is returned, whatever it is, without a \
                   wait after it.";
        for status in [429, 500, 502, 503, 504] {
            let answer = busy(status, None);
            check(&[answer], answer, &[1, 2, 4, 8], 5, why);
        }
        check(&[busy(503, None), busy(503, None), OK], OK, &[1, 2], 3, "The third answer is a good one.");
        let why = "The second answer does not say how long, and after the second answer that is 2 seconds.";
        check(&[busy(429, Some("7")), busy(503, None), OK], OK, &[7, 2], 3, why);
        let soon = busy(503, Some("soon"));
        check(&[soon], soon, &[1, 2, 4, 8], 5, "`soon` is no number, which is as good as no header.");
    }

    #[test]
    fn five_tries_are_all() {
        let answer = busy(429, Some("3"));
        check(&[answer], answer, &[3, 3, 3, 3], 5, "Retry-After does not make the tries more than five.");
    }

    #[test]
    fn more_than_a_minute_is_not_waited_for() {
        for (answers, seconds, before) in [
            (vec![busy(429, Some("3600"))], "3600", vec![]),
            (vec![busy(429, Some("61"))], "61", vec![]),
            (vec![busy(429, Some("2")), busy(429, Some("3600"))], "3600", vec![2]),
        ] {
            let (result, waits, _) = send_to(&answers);
            assert!(
                result.as_ref().is_err_and(|error| error.contains(seconds)),
                "\nthe registry answers {answers:?}\nwanted an error that says {seconds}, for whoever started the \
                 program to decide\ncame   {result:?}\n"
            );
            assert_eq!(waits, before, "\nthe registry answers {answers:?}\nno wait, and not a shorter one either\n");
        }
    }
}
