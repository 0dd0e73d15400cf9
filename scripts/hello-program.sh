#!/bin/sh
# Writes fixtures/hello/rootfs/hello byte by byte: a program for 64-bit x86 Linux that says hello and exits.
# It needs no compiler to make and no library to run, so an image that holds it needs nothing else.
#
#   scripts/hello-program.sh > hello && chmod +x hello && ./hello
#
# The format is ELF. Numbers are little-endian: 78 00 40 is 0x400078. The whole file is loaded at address 0x400000.
set -eu

hex() { # the bytes given as pairs of hexadecimal digits; printf wants each as three octal ones
    for byte in "$@"; do
        printf "\\$(printf %03o "0x$byte")"
    done
}

message='Hello from an image built the hard way!\n'
length=28 # of the message, in hexadecimal: 40 bytes

# The ELF header, 64 bytes: what kind of file this is.
hex 7f 45 4c 46             # magic: 7f "ELF"
hex 02                      # class: 64-bit
hex 01                      # data: little-endian
hex 01                      # version of ELF: 1
hex 00                      # operating system: System V, which Linux takes as its own
hex 00 00 00 00 00 00 00 00 # padding
hex 02 00                   # type: executable, at a fixed address
hex 3e 00                   # machine: x86-64
hex 01 00 00 00             # version: 1
hex 78 00 40 00 00 00 00 00 # entry point: address 0x400078, right after the two headers
hex 40 00 00 00 00 00 00 00 # the program headers begin at offset 64
hex 00 00 00 00 00 00 00 00 # the section headers: there are none
hex 00 00 00 00             # flags: none
hex 40 00                   # size of this header: 64
hex 38 00                   # size of a program header: 56
hex 01 00                   # number of program headers: 1
hex 40 00                   # size of a section header, if there were one: 64
hex 00 00                   # number of section headers: 0
hex 00 00                   # section with the names: none

# The program header, 56 bytes: what the kernel loads, and where.
hex 01 00 00 00             # type: load this into memory
hex 05 00 00 00             # flags: read (4) and execute (1)
hex 00 00 00 00 00 00 00 00 # from offset 0 of the file
hex 00 00 40 00 00 00 00 00 # to address 0x400000
hex 00 00 40 00 00 00 00 00 # physical address: not used
hex c1 00 00 00 00 00 00 00 # size in the file: 193 = 64 + 56 + 33 + 40
hex c1 00 00 00 00 00 00 00 # size in memory: the same
hex 00 10 00 00 00 00 00 00 # alignment: 4096, a page

# The code, 33 bytes, at address 0x400078. A system call takes its number in eax, its arguments in edi, rsi and edx.
hex b8 01 00 00 00          # mov eax, 1      system call 1: write
hex bf 01 00 00 00          # mov edi, 1      to file descriptor 1: standard output
hex 48 8d 35 10 00 00 00    # lea rsi, [rip+16]   the message, 16 bytes after the end of this instruction
hex ba $length 00 00 00     # mov edx, 40     of 40 bytes
hex 0f 05                   # syscall
hex b8 3c 00 00 00          # mov eax, 60     system call 60: exit
hex 31 ff                   # xor edi, edi    with status 0
hex 0f 05                   # syscall

# The message, 40 bytes.
printf '%b' "$message"
