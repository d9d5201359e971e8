import Foundation

/// The system calls that a confined program may not make, as a filter of the kernel's (seccomp).
///
/// What reaches parts of the kernel that namespaces do not divide, or would make new namespaces, is
/// refused with "not permitted": namespaces, mounts, keyrings, tracing, BPF, performance events. Calls
/// of another architecture are refused as a whole.
enum SystemCallFilter {
  /// The filter as an array of `struct sock_filter`, in the form that bubblewrap's `--seccomp` takes.
  ///
  /// Nil on processors that Assay is not built for.
  static var program: Data? {
    guard let architecture = Architecture.current else { return nil }
    var code = Program()
    // struct seccomp_data: number at 0, architecture at 4, the low half of the first argument at 16.
    code.add(load, 4)
    code.add(jumpIfEqual, architecture.identity, yes: 1)
    code.add(giveBack, notPermitted)
    code.add(load, 0)
    if architecture.hasSecondTable {
      code.add(jumpIfAtLeast, 0x4000_0000, no: 1)
      code.add(giveBack, notPermitted)
    }
    for number in architecture.refused {
      code.add(jumpIfEqual, number, no: 1)
      code.add(giveBack, notPermitted)
    }
    // clone3 hides its flags in memory; told that there is none, the C library uses clone.
    code.add(jumpIfEqual, clone3, no: 1)
    code.add(giveBack, notThere)
    code.add(jumpIfEqual, architecture.clone, no: 3)
    code.add(load, 16)
    code.add(jumpIfAnyBit, newUserNamespace, no: 1)
    code.add(giveBack, notPermitted)
    code.add(giveBack, allowed)
    return code.data
  }

  private struct Architecture {
    var identity: UInt32
    var clone: UInt32
    /// unshare, setns, mount, pivot_root, add_key, request_key, keyctl, bpf, perf_event_open,
    /// userfaultfd, ptrace, process_vm_readv, process_vm_writev, then those with one number everywhere.
    var refused: [UInt32]
    /// Whether numbers above 2^30 are those of another table (x32).
    var hasSecondTable: Bool

    /// io_uring_setup, open_tree, move_mount, fsopen, fsmount, mount_setattr.
    private static let everywhere: [UInt32] = [425, 428, 429, 430, 432, 442]

    static var current: Architecture? {
      #if arch(x86_64)
        Architecture(
          identity: 0xc000_003e, clone: 56,
          refused: [272, 308, 165, 155, 248, 249, 250, 321, 298, 323, 101, 310, 311] + everywhere,
          hasSecondTable: true)
      #elseif arch(arm64)
        Architecture(
          identity: 0xc000_00b7, clone: 220,
          refused: [97, 268, 40, 41, 217, 218, 219, 280, 241, 282, 117, 270, 271] + everywhere,
          hasSecondTable: false)
      #else
        nil
      #endif
    }
  }

  private struct Program {
    var data = Data()

    mutating func add(_ code: UInt16, _ value: UInt32, yes: UInt8 = 0, no: UInt8 = 0) {
      withUnsafeBytes(of: code.littleEndian) { data.append(contentsOf: $0) }
      data.append(contentsOf: [yes, no])
      withUnsafeBytes(of: value.littleEndian) { data.append(contentsOf: $0) }
    }
  }

  // Classic BPF (linux/bpf_common.h) and what a filter gives back (linux/seccomp.h).
  private static let load: UInt16 = 0x20
  private static let jumpIfEqual: UInt16 = 0x15
  private static let jumpIfAtLeast: UInt16 = 0x35
  private static let jumpIfAnyBit: UInt16 = 0x45
  private static let giveBack: UInt16 = 0x06
  private static let allowed: UInt32 = 0x7fff_0000
  private static let notPermitted: UInt32 = 0x0005_0001
  private static let notThere: UInt32 = 0x0005_0026
  private static let clone3: UInt32 = 435
  private static let newUserNamespace: UInt32 = 0x1000_0000
}
