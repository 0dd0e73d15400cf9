// ch10_limits: an option is a file
//
// Goal: you know what `--memory`, `--cpus` and `--pids` are: a few characters in files of the kernel.
// To do: write `files`. The quota is how many microseconds of each PERIOD may be used. Version 2 of cgroups:
// memory.max, memory.swap.max (0), cpu.max (quota and period, with a space between), pids.max. Version 1:
// memory.limit_in_bytes, memory.memsw.limit_in_bytes (memory and swap), cpu.cfs_quota_us, pids.max. 0.01 to 4096
// processors are possible.
// Read: the book, ch10-run, "In Rust"; the kernel's documentation, admin-guide/cgroup-v2, "CPU Interface Files".

use std::collections::BTreeMap;

/// In microseconds. It is the kernel's own default.
const PERIOD: u64 = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

/// As they stand on the command line. None is no limit.
#[derive(Debug, Clone, Copy, Default)]
struct Limits<'a> {
    memory: Option<&'a str>,
    cpus: Option<&'a str>,
    pids: Option<u32>,
}

/// The bytes in `64m`. The letters are those of Docker: b, k, m and g, and each one is 1024 times the one before.
fn bytes(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(char::is_alphabetic);
    let factor = match text[digits.len()..].to_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return Err(format!("no amount of memory: {text}")),
    };
    let number: u64 = digits.parse().map_err(|_| format!("no amount of memory: {text}"))?;
    number.checked_mul(factor).ok_or_else(|| format!("too much memory: {text}"))
}

/// What has to be written into which file of the cgroup. A limit that is not wanted has no file.
fn files(version: Version, limits: &Limits) -> Result<BTreeMap<&'static str, String>, String> {
    let mut files = BTreeMap::new();
    // 0.29 times 100000 is 28999.999999999996 for a computer: so round, and do not cut off. `inf` and `NaN` are numbers
    // too, for Rust, and neither is in a range. The kernel refuses a quota of less than 1000, which is 0.01 processors.
    if let Some(text) = limits.cpus {
        let number = text.parse::<f64>().ok().filter(|number| (0.01..=4096.0).contains(number));
        let number = number.ok_or_else(|| format!("no number of processors from 0.01 to 4096: {text}"))?;
        let quota = (number * PERIOD as f64).round();
        match version {
            Version::Two => files.insert("cpu.max", format!("{quota} {PERIOD}")),
            Version::One => files.insert("cpu.cfs_quota_us", quota.to_string()),
        };
    }
    // Without the second file, a group that may have no more memory moves some of it to the disk. Docker, if it is not
    // told otherwise, allows as much swap as memory.
    if let Some(text) = limits.memory {
        let bytes = bytes(text)?;
        let both = match version {
            Version::Two => [("memory.max", bytes), ("memory.swap.max", 0)],
            Version::One => [("memory.limit_in_bytes", bytes), ("memory.memsw.limit_in_bytes", bytes)],
        };
        files.extend(both.map(|(file, number)| (file, number.to_string())));
    }
    if let Some(pids) = limits.pids {
        files.insert("pids.max", pids.to_string());
    }
    Ok(files)
}

fn main() {
    let limits = Limits { memory: Some("64m"), cpus: Some("1.5"), pids: Some(100) };
    for version in [Version::Two, Version::One] {
        match files(version, &limits) {
            Ok(files) => files.iter().for_each(|(file, text)| println!("{version:?}: echo {text} > {file}")),
            Err(error) => println!("{error}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(version: Version, limits: Limits, wanted: &[(&'static str, &str)], why: &str) {
        let came = files(version, &limits);
        let wanted: BTreeMap<&str, String> = wanted.iter().map(|(file, text)| (*file, text.to_string())).collect();
        assert!(
            came.as_ref() == Ok(&wanted),
            "\nversion {version:?}, {limits:?}\nwanted: {wanted:?}\ncame:   {came:?}\n{why}\n"
        );
    }

    fn cpus(text: &str) -> Limits<'_> {
        Limits { cpus: Some(text), ..Limits::default() }
    }

    #[test]
    fn version_2_has_a_file_for_each() {
        let limits = Limits { memory: Some("64m"), cpus: Some("1.5"), pids: Some(100) };
        let wanted =
            [("memory.max", "67108864"), ("memory.swap.max", "0"), ("cpu.max", "150000 100000"), ("pids.max", "100")];
        check(
            Version::Two,
            limits,
            &wanted,
            "Of each 0.1 seconds, 0.15 seconds may be used: one processor and a half.",
        );
    }

    #[test]
    fn version_1_has_other_files() {
        let limits = Limits { memory: Some("64m"), cpus: Some("1.5"), pids: Some(100) };
        let wanted = [
            ("memory.limit_in_bytes", "67108864"),
            ("memory.memsw.limit_in_bytes", "67108864"),
            ("cpu.cfs_quota_us", "150000"),
            ("pids.max", "100"),
        ];
        check(
            Version::One,
            limits,
            &wanted,
            "The names are other ones. memsw is memory and swap together, so without swap it is the same number.",
        );
    }

    #[test]
    fn what_is_not_wanted_is_not_written() {
        for version in [Version::One, Version::Two] {
            check(version, Limits::default(), &[], "Nothing is wanted.");
            let limits = Limits { pids: Some(1), ..Limits::default() };
            check(version, limits, &[("pids.max", "1")], "Memory and processors have no limit.");
        }
        let limits = Limits { memory: Some("1G"), ..Limits::default() };
        check(
            Version::Two,
            limits,
            &[("memory.max", "1073741824"), ("memory.swap.max", "0")],
            "Processes and processors have no limit.",
        );
    }

    #[test]
    fn shares_of_a_processor_are_exact() {
        for (text, quota) in
            [("2", 200_000), ("0.5", 50_000), ("0.01", 1000), ("0.29", 29_000), ("0.57", 57_000), ("4096", 409_600_000)]
        {
            let why = "This is the number times 100000. If one is missing at the end: 0.29 is no number that a \
             computer \
                       has exactly.";
            check(Version::Two, cpus(text), &[("cpu.max", &format!("{quota} 100000"))], why);
        }
    }

    #[test]
    fn what_is_no_limit_is_an_error() {
        for text in ["", "two", "1.5.2", "-1", "0", "0.001", "0.009", "4097", "NaN", "inf", "1,5"] {
            for version in [Version::One, Version::Two] {
                let came = files(version, &cpus(text));
                assert!(
                    came.is_err(),
                    "\n--cpus {text:?} was accepted: {came:?}. The kernel refuses a quota of less than 1000, no \
                     machine has so many processors, and what is no number must \
                     not become no limit\n"
                );
            }
        }
        for text in ["64x", "m", "99999999999999g"] {
            let came = files(Version::Two, &Limits { memory: Some(text), ..Limits::default() });
            assert!(came.is_err(), "\n--memory {text:?} was accepted: {came:?}\n");
        }
    }
}
