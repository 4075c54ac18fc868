import OCI

