// Holds a PowerShell script to a grammar of the language: node check.cjs FILE. Neither PowerShell nor its linter
// comes with the packages that the tests may use; this finds a brace that is missing, and nothing that is wrong in
// what the script does. NODE_PATH names the folder of the packages.
const fs = require("node:fs");
const { Language, Parser } = require("web-tree-sitter");

function faults(parser, text) {
  const found = [];
  const look = (node) => {
    if (node.isError || node.isMissing) {
      found.push(`line ${node.startPosition.row + 1}: ${node.text.slice(0, 60)}`);
    } else if (node.hasError) {
      node.children.forEach(look);
    }
  };
  look(parser.parse(text).rootNode);
  return found;
}

async function main() {
  await Parser.init();
  const parser = new Parser();
  parser.setLanguage(await Language.load(require.resolve("tree-sitter-powershell/tree-sitter-powershell.wasm")));
  const text = fs.readFileSync(process.argv[2], "utf8");
  const found = faults(parser, text);
  console.log(found.length ? found.join("\n") : `${process.argv[2]}: the grammar takes it`);
  process.exitCode = found.length ? 1 : 0;
}

main();
