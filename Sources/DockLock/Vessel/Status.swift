import Keeper

extension Vessels {
    /// The exit status that an error means for who asked, as docker's and podman's.
    public static func status(of error: any Error) -> Int32 {
        if let error = error as? KeeperError { return error.status }
        return (error as? VesselError)?.status ?? 125
    }
}
