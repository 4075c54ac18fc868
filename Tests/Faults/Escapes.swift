import Harness
import Testing

/// Known escapes, each shown to fail. Targets are the container's own, never the host's.
@Suite(.blackBox) struct Escapes {
}
