import Testing

/// The same Containerfiles, built by buildah: the same configuration and the same tree.
@Suite struct BuildahTests {
    private static let lines = """
        COPY passwd group /etc/
        # What stands between lines is no line.
        ENV A=1 B="two words" C=${A:-none} \\
          # nor this
          D='single $A' E=esc\\ aped
        ENV F=${A}x${NOPE:-else}${A:+plus}
        ENV OLD style value  with spaces
        ARG V=default
        ARG W
        RUN echo "$V-$W-$A-$B" >/vars && mkdir -p /x/y && chmod 711 /x && touch /x/y/z && ln -s /bin /names
        COPY dir /copied
        COPY *.txt more /texts/
        COPY one.txt /copied/renamed
        COPY --chown=user:group one.txt /owned/deep/
        COPY --chown=12:34 --chmod=640 dir /mine
        COPY linked /linked
        COPY . /all
        ADD archive.tar.gz /archive/
        ADD plain.tar /plain/
        COPY one.txt /names/through
        WORKDIR /w
        WORKDIR rel/ative
        COPY two.txt ./sub/
        RUN pwd >/pwd && rm -rf /copied/sub && mkdir /copied/sub && echo new >/copied/sub/n
        RUN rm /texts/one.txt
        FROM one AS two
        USER user
        EXPOSE 80 90/udp
        VOLUME /data /v2
        VOLUME ["/json vol"]
        LABEL a=b "c d"="e f" g=$A
        LABEL long="line \\
        goes on"
        ENTRYPOINT echo $A
        CMD ["x","y"]
        STOPSIGNAL SIGTERM
        HEALTHCHECK --interval=30s --timeout=1m --retries=3 CMD echo ok
        FROM one AS three
        COPY --from=two /vars /from/two
        COPY --from=0 /copied /from/one/
        COPY --from=one /owned /from/owned
        CMD run me
        ENTRYPOINT ["/bin/sh"]
        ENV PATH=/bin:$PATH
        FROM three
        ENTRYPOINT ["/bin/other"]
        """

    private func prepare(_ scratch: Scratch) throws {
        try scratch.prepare(Self.lines)
        try scratch.sh(
            """
            cd context && sed -i '1s/$/ AS one/' Containerfile
            mkdir -p dir/sub more skip/keep && echo a >dir/a && echo b >dir/sub/b
            chmod 600 dir/a && chmod 700 dir/sub
            ln -s a dir/link && ln dir/a dir/sub/same && ln -s ../../../etc/passwd dir/out && ln -s dir linked
            echo 1 >one.txt && echo 2 >two.txt && echo c >more/c.md && echo x >skip/x && echo y >skip/keep/y
            mkdir in && echo t >in/t && chown 5:6 in/t && tar -C in -czf archive.tar.gz .
            echo plain >plain.tar
            printf 'root:x:0:0:root:/root:/bin/sh\\nuser:x:1000:1001::/home:/bin/sh\\n' >passwd
            printf 'root:x:0:\\ngroup:x:1500:\\n' >group
            printf '%s\\n' '*' '!dir' '!more' '!*.txt' '!busybox' '!*.tar*' '!passwd' '!group' '!linked' \
                '!skip/keep' '**/*.md' >.dockerignore
            """)
    }

    /// Members that buildah writes where nothing is said are left out, and the variables sorted.
    private static let filter = """
        {User, ExposedPorts, Env: (.Env | sort), Entrypoint, Cmd, Volumes, WorkingDir, Labels, StopSignal,
        Healthcheck}
        | with_entries(select(.value != null and .value != "" and .value != {} and .value != []))
        """

    /// Builds an image by both, and holds one to the other.
    private func compare(_ scratch: Scratch, _ name: String, _ context: String, _ flags: String = "") throws {
        try scratch.sh("build -q -t \(name) \(flags) \(context)")
        let ours = try scratch.listing(name)
        let config = try scratch.sh("cli inspect \(name) | jq -S '.[0].Config | \(Self.filter)'")
        let buildah = "buildah --root $PWD/b --runroot $PWD/r --storage-driver vfs"
        let theirs = try scratch.sh(
            """
            \(buildah) bud --isolation chroot --format docker --identity-label=false -q -t \(name) \(flags) \
                \(context) >id 2>log || { cat log; exit 1; }
            \(buildah) inspect --type image localhost/\(name) \
                | jq -S '.Docker.config | \(Self.filter)' >config
            container=$(\(buildah) from --pull-never localhost/\(name))
            tree=$(\(buildah) mount $container)
            ( cd $tree && find . -mindepth 1 -printf '%P %y %m %U:%G %l\\n' | sort
              find . -type f -links +1 -printf '%P has %n names\\n' | sort
              find . -type f -size +0 -exec sha256sum {} + | sort -k 2 ) >listing
            \(buildah) rm $container >/dev/null; cat listing
            """)
        #expect(try scratch.sh("cat config") == config)
        // Where it had mounts, it leaves what it made for them.
        let mounts = ["dev", "proc", "sys", "run", "etc/hosts", "etc/hostname", "etc/resolv.conf"]
        func lines(_ listing: String) -> Set<Substring> {
            Set(
                listing.split(separator: "\n").filter { line in !mounts.contains { line.hasPrefix($0 + " ") }
                })
        }
        let (own, other) = (lines(ours), lines(theirs))
        #expect(own == other, "\(own.symmetricDifference(other).sorted().joined(separator: "\n"))")
        #expect(own.count > 250)
    }

    @Test(arguments: ["", "two", "three"])
    func buildahMakesTheSame(_ target: String) throws {
        let scratch = try Scratch()
        try prepare(scratch)
        let flags = "--build-arg W=given" + (target.isEmpty ? "" : " --target " + target)
        try compare(scratch, "app", "context", flags)
    }

    @Test func itBuildsTheImagesThatShip() throws {
        let scratch = try Scratch()
        let images = "/" + #filePath.split(separator: "/").dropLast(4).joined(separator: "/") + "/images"
        try scratch.sh("\(images)/base/prepare base")
        try compare(scratch, "base", "base")
        try compare(scratch, "agreement", images + "/agreement")
        let program = try Scratch.program().dropLast("-cli".count)
        let run = "\(program) --data-root $PWD/data --root $PWD/s run --rm --network none"
        #expect(try scratch.sh("\(run) agreement").hasSuffix("allowed: 3\nsettled 100\n"))
        try scratch.sh(
            "cp -r \(images)/agreement mine && chmod -R a+rX mine && sed -i s/^120/999/ mine/measured")
        let late = try scratch.sh("\(run) -v $PWD/mine:/mine agreement /mine/terms /mine/measured; echo $?")
        #expect(late.hasSuffix("settled 70\n3\n"))
    }
}
