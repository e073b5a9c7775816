/** Where a new guide begins: the format of docs/catalog.md, to be written over. */
export const NEW_GUIDE = `product: my-product          # lower case, with dashes
vendor: My Vendor
title: My Product
reference: https://example.com/docs/logs
hints: [my-product]          # how the source of such events is called

guides:
  - id: login                # lower case; the same product and id as a shipped guide takes its place
    title: Somebody signs in
    match:                   # all must hold
      event.action: login    # a field by its path or the last parts of it
      # message: {contains: ["signed in"]}   # or prefix, suffix, regex, exists, not
    class: Authentication    # a class of the taxonomy
    activity: Logon          # an activity of the class
    meaning: A person signed in to the product.
    samples:                 # each must satisfy the conditions; {{user}}, {{ip}} … stand for what varies
      - '{"event":{"action":"login"},"user":"{{user}}","source_ip":"{{ip}}"}'
`;
