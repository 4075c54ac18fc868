import Digest
import Glibc
import JSON
import Kernel

extension ImageStore {
    /// What containers have of the store: `image` and `layers` in each one's container.json. A record that
    /// cannot be read ends the sweep that asks: it may name anything.
    public func containerUses() throws -> [ImageUse] {
        let names: [String]
        do throws(SystemError) {
            names = try Files.list(containers)
        } catch {
            guard error.code == ENOENT else { throw error }
            return []
        }
        var uses: [ImageUse] = []
        for name in names.sorted() where Self.isContainer(name) {
            let path = containers + "/" + name + "/container.json"
            let bytes: [UInt8]
            do throws(SystemError) {
                bytes = try Files.read(path, limit: 1 << 20)
            } catch {
                // Being made, under a lease, or removed.
                guard error.code == ENOENT else { throw error }
                continue
            }
            uses.append(try Self.use(of: name, bytes, path))
        }
        return uses
    }

    static func use(of container: String, _ bytes: [UInt8], _ path: String) throws -> ImageUse {
        let json: JSON
        do throws(JSONError) {
            json = try JSON.parse(bytes)
        } catch {
            throw ImageError(.damaged, "\(path): \(error)")
        }
        let image = json["image"].flatMap { $0.string }.flatMap { try? Digest($0) }
        let layers = json["layers"].map { $0.elements.compactMap(\.string) } ?? []
        return ImageUse(container: container, image: image, layers: layers)
    }

    static func isContainer(_ name: String) -> Bool {
        name.utf8.count == 64 && name.utf8.allSatisfy(isHexDigit)
    }
}
