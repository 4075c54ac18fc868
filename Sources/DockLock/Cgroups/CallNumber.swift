/// Numbers of system calls that the C library's Swift face lacks.
enum CallNumber {
    #if arch(x86_64)
        static let bpf = 321
        static let eventfd2 = 290
    #else
        static let bpf = 280
        static let eventfd2 = 19
    #endif
}
