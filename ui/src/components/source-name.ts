interface Named {
  vendor: string;
  product: string;
  sourcetype?: string;
}

/** The product with its vendor, which many products have in their name already; what there is of it, or nothing. */
export function sourceName({ vendor, product, sourcetype = "" }: Named): string {
  const isSaid = product.toLowerCase().startsWith(vendor.toLowerCase());
  return (isSaid ? product : `${vendor} ${product}`.trim()) || sourcetype;
}
