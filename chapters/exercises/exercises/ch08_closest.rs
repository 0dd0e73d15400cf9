// ch08_closest: which image of an index is for this machine
//
// Goal: you know what a client compares when it chooses from an index, and why one without `variant` fits.
// To do: write `distance`. System and architecture must be equal. A missing variant means v7 for arm, v8 for arm64 and
// v1 for amd64. If both variants are a `v` and a number, the distance is by how much the machine's is greater; a later
// one than the machine's does not run. Other variants must be equal, and then the distance is 0.
// Read: the book, ch08-pull, "The idea"; the image-spec, image-index.md, "platform" and "Platform Variants".

use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Platform<'a> {
    os: &'a str,
    architecture: &'a str,
    variant: Option<&'a str>,
}

impl<'a> Platform<'a> {
    /// `linux/amd64`, `linux/arm/v7`
    fn parse(text: &'a str) -> Platform<'a> {
        let mut parts = text.split('/');
        let mut part = || parts.next();
        Platform { os: part().unwrap_or(""), architecture: part().unwrap_or(""), variant: part() }
    }
}

impl fmt::Display for Platform<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        self.variant.map_or(Ok(()), |variant| write!(f, "/{variant}"))
    }
}

/// How far the processor that an image is for is from the one there is: 0 is the same, None does not run.
fn distance(offered: &Platform, wanted: &Platform) -> Option<u32> {
    // TODO: this wants the variants to be the same word.
    (offered == wanted).then_some(0)
}

/// The one that is closest to `wanted`, and the first of those.
fn closest<'a>(offered: &[Platform<'a>], wanted: &Platform) -> Option<Platform<'a>> {
    let runs = offered.iter().copied().filter(|offered| distance(offered, wanted).is_some());
    runs.min_by_key(|offered| distance(offered, wanted))
}

/// The platforms in an index, as images have it that are made for many machines. Those that are unknown hold statements
/// on how the others were built.
const OFFERED: &str = "linux/amd64 unknown/unknown linux/arm/v6 unknown/unknown linux/arm/v7 unknown/unknown \
                       linux/arm64/v8 unknown/unknown linux/386 unknown/unknown linux/ppc64le windows/amd64";

fn main() {
    let offered: Vec<Platform> = OFFERED.split_whitespace().map(Platform::parse).collect();
    for machine in ["linux/amd64/v3", "linux/arm/v7", "linux/arm64", "linux/s390x"] {
        match closest(&offered, &Platform::parse(machine)) {
            Some(platform) => println!("{machine} takes the image for {platform}"),
            None => println!("{machine} finds none"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(offered: &str, wanted: &str, distance: Option<u32>, why: &str) {
        let came = super::distance(&Platform::parse(offered), &Platform::parse(wanted));
        assert!(
            came == distance,
            "\nfrom an image for {offered} to a machine that is {wanted}: wanted {distance:?}, and yours is {came:?}: \
             {why}\n"
        );
    }

    #[test]
    fn system_and_architecture_are_equal() {
        check("linux/amd64", "linux/amd64", Some(0), "they are the same");
        check("windows/amd64", "linux/amd64", None, "the processor is the same, and the system calls are not");
        check("linux/arm64", "linux/amd64", None, "the machine code is another");
        check("linux/s390x", "linux/s390x", Some(0), "most architectures have no variants at all");
        check("linux/arm/v7", "linux/arm64/v7", None, "arm and arm64 are two architectures");
    }

    #[test]
    fn a_missing_variant_has_a_meaning() {
        check("linux/arm64", "linux/arm64/v8", Some(0), "arm64 is v8 where nothing is said");
        let why = "many machines say arm64, and many images arm64/v8: they mean the same";
        check("linux/arm64/v8", "linux/arm64", Some(0), why);
        check("linux/arm/v7", "linux/arm", Some(0), "arm is v7 where nothing is said");
        check("linux/arm", "linux/arm/v6", None, "what says only arm is made for v7");
        check("linux/amd64", "linux/amd64/v3", Some(2), "amd64 is v1, and a v3 runs what a v1 does");
        check("linux/amd64/v2", "linux/amd64", None, "v2 has instructions that a plain amd64 may not have");
    }

    #[test]
    fn a_later_processor_runs_what_an_earlier_one_does() {
        check("linux/arm/v6", "linux/arm/v7", Some(1), "v7 knows all instructions of v6");
        check("linux/arm/v5", "linux/arm", Some(2), "arm is v7, and knows those of v5 too");
        let why = "the first Raspberry Pi is v6, and would stop at an instruction that it does not know";
        check("linux/arm/v7", "linux/arm/v6", None, why);
        check("linux/amd64/v10", "linux/amd64/v9", None, "10 is greater than 9, although v10 comes before v9 as text");
        check("linux/amd64/v9", "linux/amd64/v10", Some(1), "9 is less than 10, although v9 comes after v10 as text");
    }

    #[test]
    fn other_variants_must_be_equal() {
        check("linux/riscv64/rva22u64", "linux/riscv64/rva22u64", Some(0), "it is the same word");
        check("linux/riscv64/rva22u64", "linux/riscv64", None, "nobody has said that this machine is one");
        check("linux/ppc64le/power9", "linux/ppc64le/power10", None, "you know no order of these, so you do not guess");
        check("linux/arm64/v8.2", "linux/arm64/v8", None, "8.2 is no whole number, and it is not the same word");
    }

    #[test]
    fn the_closest_is_taken() {
        let offered: Vec<Platform> = OFFERED.split_whitespace().map(Platform::parse).collect();
        for (machine, wanted) in [
            ("linux/arm/v7", Some("linux/arm/v7")),
            ("linux/arm/v8", Some("linux/arm/v7")),
            ("linux/arm/v6", Some("linux/arm/v6")),
            ("linux/arm/v5", None),
            ("linux/arm64", Some("linux/arm64/v8")),
            ("windows/amd64", Some("windows/amd64")),
            ("linux/s390x", None),
        ] {
            assert_eq!(
                closest(&offered, &Platform::parse(machine)),
                wanted.map(Platform::parse),
                "\na machine that is {machine} chooses from: {OFFERED}\n"
            );
        }
    }
}
