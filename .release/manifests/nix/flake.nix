{
  description = "Microsoft Entra ID tokens for kubectl, git and others, signed in once";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      version = "@VERSION@";
      archives = {
        x86_64-linux = { name = "entralogin-linux-amd64"; sha256 = "@SHA256:entralogin-linux-amd64.tar.gz@"; };
        aarch64-linux = { name = "entralogin-linux-arm64"; sha256 = "@SHA256:entralogin-linux-arm64.tar.gz@"; };
        armv7l-linux = { name = "entralogin-linux-armv7"; sha256 = "@SHA256:entralogin-linux-armv7.tar.gz@"; };
        x86_64-darwin = { name = "entralogin-darwin-amd64"; sha256 = "@SHA256:entralogin-darwin-amd64.tar.gz@"; };
        aarch64-darwin = { name = "entralogin-darwin-arm64"; sha256 = "@SHA256:entralogin-darwin-arm64.tar.gz@"; };
      };
      package = system: archive:
        let pkgs = nixpkgs.legacyPackages.${system};
        in pkgs.stdenvNoCC.mkDerivation {
          pname = "entralogin";
          inherit version;
          src = pkgs.fetchurl {
            url = "@URL@/${archive.name}.tar.gz";
            inherit (archive) sha256;
          };
          nativeBuildInputs = [ pkgs.installShellFiles ];
          installPhase = ''
            runHook preInstall
            install -Dm755 entralogin $out/bin/entralogin
            ln -s entralogin $out/bin/git-credential-entralogin
            ln -s entralogin $out/bin/docker-credential-entralogin
            installManPage man/*.1
            installShellCompletion completions/entralogin.bash completions/entralogin.fish completions/_entralogin
            install -Dm644 LICENSE NOTICES -t $out/share/doc/entralogin
            runHook postInstall
          '';
          meta = {
            description = "Microsoft Entra ID tokens for kubectl, git and others, signed in once";
            homepage = "https://github.com/entralogin/entralogin";
            license = pkgs.lib.licenses.mit;
            mainProgram = "entralogin";
            sourceProvenance = [ pkgs.lib.sourceTypes.binaryNativeCode ];
          };
        };
    in
    {
      packages = builtins.mapAttrs (system: archive: { default = package system archive; }) archives;
    };
}
