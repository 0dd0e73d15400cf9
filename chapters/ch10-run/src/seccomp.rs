// ANCHOR: list
use anyhow::{Context, Result};
use libc::*;
use seccompiler::{SeccompCmpArgLen as Length, SeccompCmpOp as Op, *};
use std::collections::BTreeMap;

/// System calls that a program in a container has no need of, and that have let programs out of containers before.
///
/// Docker's profile is the other way round, and safer: it names the 350 calls that are allowed.
const DENIED: &[c_long] = &[
    // Mounts, by the old calls and the new: in a namespace of its own a process could mount what it likes.
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_open_tree,
    SYS_move_mount,
    SYS_mount_setattr,
    // Namespaces: a new user namespace gives all rights again, over much code of the kernel that is seldom tried.
    SYS_unshare,
    SYS_setns,
    // The kernel's key rings are in no namespace.
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    // Programs that run in the kernel, and what watches other programs there.
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_fanotify_init,
    SYS_kcmp,
    // Another kernel, or more of it.
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    // What belongs to the whole machine: its power, its memory, its clock, its log, its quotas.
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_clock_adjtime,
    SYS_adjtimex,
    SYS_syslog,
    SYS_acct,
    SYS_quotactl,
    SYS_quotactl_fd,
    // Files by number instead of by name: past every root directory.
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    // A second door to most system calls, which no filter watches.
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    // Where memory lies in the machine.
    SYS_move_pages,
    SYS_mbind,
    SYS_set_mempolicy,
    SYS_get_mempolicy,
    SYS_set_mempolicy_home_node,
    SYS_migrate_pages,
];

/// Flags of clone that make namespaces.
const NAMESPACES: [c_int; 7] =
    [CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWCGROUP];
// ANCHOR_END: list

// ANCHOR: filter
/// Has the kernel ask a filter about every system call of this process and of those it starts. It cannot be taken off.
pub fn filter() -> Result<()> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = DENIED.iter().map(|call| (*call, vec![])).collect();
    let has_flag = |flag: c_int| argument(0, Op::MaskedEq(flag as u64), flag as u64);
    rules.insert(SYS_clone, NAMESPACES.into_iter().map(has_flag).collect::<Result<_>>()?);
    // TIOCSTI types on a terminal as if its user did; TIOCLINUX pastes there.
    rules.insert(SYS_ioctl, vec![argument(1, Op::Eq, TIOCSTI as _)?, argument(1, Op::Eq, TIOCLINUX as _)?]);
    // AF_VSOCK speaks to the machine that this one runs on, if it is a virtual one; it is in no namespace.
    rules.insert(SYS_socket, vec![argument(0, Op::Eq, AF_VSOCK as u64)?]);
    apply(rules, EPERM)?;
    #[cfg(target_arch = "x86_64")]
    deny_short_pointers()?;
    // clone3 has its flags in memory, where a filter cannot look. "No such call" has the C library use clone.
    apply([(SYS_clone3, vec![])].into(), ENOSYS)
}

/// The flags and commands asked about are 32 bits wide, and the kernel ignores the rest of the register.
fn argument(number: u8, op: Op, value: u64) -> Result<SeccompRule> {
    Ok(SeccompRule::new(vec![SeccompCondition::new(number, Length::Dword, op, value)?])?)
}

fn apply(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: c_int) -> Result<()> {
    let deny = SeccompAction::Errno(errno as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, deny, std::env::consts::ARCH.try_into()?)?;
    seccompiler::apply_filter(&BpfProgram::try_from(filter)?).context("cannot filter system calls")
}

/// Programs with short pointers (x32) have other numbers for the same calls, from here on. Few kernels know them.
#[cfg(target_arch = "x86_64")]
fn deny_short_pointers() -> Result<()> {
    const FIRST: u32 = 0x4000_0000;
    let step = |code: u32, jt, jf, k| seccompiler::sock_filter { code: code as u16, jt, jf, k };
    let program = [
        step(BPF_LD | BPF_W | BPF_ABS, 0, 0, 0), // the number of the call
        step(BPF_JMP | BPF_JGE | BPF_K, 0, 1, FIRST),
        step(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS as u32),
        step(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW),
    ];
    seccompiler::apply_filter(&program).context("cannot filter system calls")
}
// ANCHOR_END: filter
