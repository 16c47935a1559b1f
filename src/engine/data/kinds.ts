/** What data may be: for errors, help and the descriptions in a job file's schema. */
export const DATA_KINDS =
  'DIR/<class>/*.png|jpg, the same under DIR/train and DIR/val, a folder with MNIST-like IDX files or CIFAR-10 or CIFAR-100 as published, a .csv or .tsv that names images and labels, or a NumPy .npz of both';
